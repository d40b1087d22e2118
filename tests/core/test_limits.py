"""Allowances: what is counted, for whom, and what happens past them."""

import uuid
from typing import Any
from unittest import mock

import pytest
from django.conf import settings as django_settings
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from core.requests import limits
from core.requests.limits import Allowance
from tests.cast import Cast, customer_values
from tests.client import ApiClient

needs_redis = pytest.mark.skipif(
    not django_settings.REDIS_URL, reason="counts are shared through Redis"
)


def test_every_answer_says_where_its_user_stands(api: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_USER = "3/hour"
    for remaining, path in ((2, "/api/customers"), (1, "/api/customers/nonsense")):
        response = api.get(path)
        assert response.headers["RateLimit-Policy"] == '"user";q=3;w=3600'
        assert response.headers["RateLimit"].startswith(f'"user";r={remaining};t=')
    assert 1 <= int(response.headers["RateLimit"].rsplit("=", 1)[1]) <= 3600


def test_past_the_allowance_it_is_429_in_the_documented_shape_and_nothing_is_written(
    api: ApiClient, settings: Any
) -> None:
    settings.RATE_LIMIT_USER = "1/hour"
    assert api.post("/api/customers", customer_values(1)).status_code == 201
    refused = api.post("/api/customers", customer_values(2))
    assert (refused.status_code, refused.json()) == (429, {"error": "Rate limit exceeded"})
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["RateLimit"].startswith('"user";r=0;t=')


def test_each_user_and_each_key_has_an_allowance_of_its_own(
    api: ApiClient, cast: Cast, settings: Any
) -> None:
    settings.RATE_LIMIT_USER = settings.RATE_LIMIT_KEY = "1/hour"
    clients = [
        api,
        ApiClient(user=cast.bob),
        ApiClient(key=cast.live_key),
        ApiClient(key=cast.read_key),
    ]
    assert [client.get("/api/customers").status_code for client in clients] == [200] * 4
    assert [client.get("/api/customers").status_code for client in clients] == [429] * 4
    assert ApiClient(user=cast.alice).get("/api/customers").status_code == 429


def test_a_key_counts_against_the_keys_rate(cast: Cast, settings: Any) -> None:
    settings.RATE_LIMIT_USER, settings.RATE_LIMIT_KEY = "1/hour", "5000/15min"
    response = ApiClient(key=cast.live_key).get("/api/customers")
    assert response.headers["RateLimit-Policy"] == '"key";q=5000;w=900'


def test_bulk_work_and_exports_have_allowances_beside(api: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_USER, settings.RATE_LIMIT_BULK, settings.RATE_LIMIT_EXPORT = (
        "100/hour",
        "1/day",
        "1/hour",
    )
    key = api.post("/api/customers", customer_values(1)).json()["data"]["id"]
    bulk = {"customer_ids": [key], "updates": {"campaign": "x"}}
    first = api.post("/api/customers/bulk-update", bulk)
    assert first.headers["RateLimit-Policy"] == '"user";q=100;w=3600, "bulk";q=1;w=86400'
    assert [api.post("/api/customers/bulk-update", bulk).status_code, first.status_code] == [
        429,
        207,
    ]
    assert [api.get("/api/customers/export").status_code for _ in range(2)] == [200, 429]
    assert api.get("/api/customers").status_code == 200


def test_off_switches_an_allowance_off(api: ApiClient) -> None:
    response = api.get("/api/customers")
    assert "RateLimit" not in response.headers
    assert "RateLimit-Policy" not in response.headers


@pytest.mark.parametrize(
    ("rate", "amount", "seconds"),
    [("1000/hour", 1000, 3600), ("5000/15min", 5000, 900), ("2/s", 2, 1), ("1/2day", 1, 172800)],
)
def test_rates_are_read_as_they_are_documented(rate: str, amount: int, seconds: int) -> None:
    item = Allowance.parse("x", rate).item
    assert (item.amount, item.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize(
    "rate", ["", "hour", "10", "10/", "/hour", "-1/hour", "10/fortnight", "10 / hour"]
)
def test_anything_else_is_no_rate(rate: str) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        Allowance.parse("x", rate)


def test_counters_that_cannot_be_reached_refuse_no_one(api: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_USER = "1/hour"
    down = FixedWindowRateLimiter(MemoryStorage(wrap_exceptions=True))
    broken = mock.Mock(side_effect=StorageError(ConnectionError()))
    down.hit = down.get_window_stats = broken  # type: ignore[method-assign]
    with mock.patch.object(limits, "_limiter", return_value=down):
        assert [api.get("/api/customers").status_code for _ in range(3)] == [200] * 3
        wrong = ApiClient().post(
            "/api/auth/token", {"email": "alice@acme.test", "password": "wrong"}
        )
    assert wrong.status_code == 401


def test_redis_that_is_down_refuses_no_one(api: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_USER = "1/hour"
    limits._limiter.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        assert [api.get("/api/customers").status_code for _ in range(3)] == [200] * 3
    finally:
        limits._limiter.cache_clear()


@needs_redis
def test_two_processes_count_together() -> None:
    holder = uuid.uuid4().hex
    allowance = Allowance.parse("test", "3/min")
    processes = [
        FixedWindowRateLimiter(RedisStorage(django_settings.REDIS_URL, wrap_exceptions=True))
        for _ in range(2)
    ]
    seen = []
    for number in range(5):
        with mock.patch.object(limits, "_limiter", return_value=processes[number % 2]):
            seen.append(allowance.take(holder).exceeded)
    assert seen == [False, False, False, True, True]

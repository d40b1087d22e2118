"""Allowances: what is counted, for whom, and what happens past them."""

import socket
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.test import Client
from kombu.exceptions import OperationalError
from limits.storage import RedisStorage

from core.errors import Forbidden, Invalid
from core.identity.services import actor_of
from core.jobs.models import Job
from core.requests import limits
from core.requests.breaker import CircuitBreaker
from core.requests.limits import Allowance
from core.tenancy.services.organizations import update_organization
from crm import celery
from crm.celery import BackgroundApp
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


def test_pages_and_admin_count_against_the_same_allowances(
    cast: Cast, api: ApiClient, settings: Any, client: Client
) -> None:
    settings.RATE_LIMIT_EXPORT, settings.RATE_LIMIT_BULK = "2/hour", "1/day"
    key = api.post("/api/customers", customer_values(1)).json()["data"]["id"]
    client.force_login(cast.alice)
    new = {"format": "csv", "every": "on"}
    assert api.get("/api/customers/export").status_code == 200
    assert client.post("/app/exports/new/?resource=customers", new).status_code == 302
    for path in ("/app/exports/new/?resource=customers", f"/app/customers/{key}/archive/"):
        assert client.post(path, new).status_code == 429, path
    assert Job.objects.for_actor(actor_of(cast.alice)).count() == 1
    assert api.get("/api/customers/export").status_code == 429
    refused = client.post("/admin/customers/customer/export/", {"format": "0", "resource": ""})
    assert "attachment" not in refused.headers.get("Content-Disposition", "")
    bulk = {"action": "status", "status": "vip", "ids": key, "list": ""}
    assert client.post("/app/customers/selection/", bulk).status_code == 302
    assert client.post("/app/customers/selection/", bulk).status_code == 429
    more = {"customer_ids": [key], "updates": {"campaign": "x"}}
    assert api.post("/api/customers/bulk-update", more).status_code == 429


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


@pytest.fixture
def counting_in(settings: Any) -> Iterator[Callable[[str], limits.Counters]]:
    """Has uses counted in the Redis of this address."""

    def count_in(url: str) -> limits.Counters:
        settings.REDIS_URL = url
        limits.counters.cache_clear()
        return limits.counters()

    yield count_in
    limits.counters.cache_clear()


def test_while_redis_is_away_each_process_counts_for_itself(
    api: ApiClient, settings: Any, counting_in: Callable[[str], limits.Counters]
) -> None:
    settings.RATE_LIMIT_USER = "2/hour"
    counting_in("redis://127.0.0.1:1/0")
    assert [api.get("/api/customers").status_code for _ in range(3)] == [200, 200, 429]


def test_guesses_count_while_redis_is_away(
    cast: Cast, counting_in: Callable[[str], limits.Counters]
) -> None:
    counting_in("redis://127.0.0.1:1/0")
    wrong = {"email": "alice@acme.test", "password": "wrong"}
    codes = [ApiClient().post("/api/auth/token", wrong).status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]


def test_a_redis_that_hangs_is_waited_for_once(
    counting_in: Callable[[str], limits.Counters],
) -> None:
    """It takes connections and says nothing."""
    allowance = Allowance.parse("test", "5/min")
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        counters = counting_in(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        asked = mock.Mock(wraps=counters.shared.hit)  # type: ignore[union-attr]
        counters.shared.hit = asked  # type: ignore[union-attr,method-assign]
        left = [allowance.take("one").remaining for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert asked.call_count == 1


@needs_redis
def test_redis_counts_again_once_it_answers(
    counting_in: Callable[[str], limits.Counters],
) -> None:
    counters = counting_in(django_settings.REDIS_URL)
    allowance, holder = Allowance.parse("test", "5/min"), uuid.uuid4().hex
    assert allowance.take(holder).remaining == 4
    counters.breaker.failed()
    assert allowance.take(holder).remaining == 4  # its own, first one
    counters.breaker._next_try = 0
    assert allowance.take(holder).remaining == 3
    assert allowance.take(holder).remaining == 2


def test_what_is_given_back_can_be_taken_again() -> None:
    allowance, holder = Allowance.parse("test", "2/min"), uuid.uuid4().hex
    assert [allowance.take(holder).remaining for _ in range(2)] == [1, 0]
    allowance.give_back(holder)
    assert [allowance.take(holder).exceeded for _ in range(2)] == [False, True]


@needs_redis
def test_two_processes_count_together() -> None:
    holder = uuid.uuid4().hex
    allowance = Allowance.parse("test", "3/min")
    processes = [
        limits.Counters(RedisStorage(django_settings.REDIS_URL, wrap_exceptions=True))
        for _ in range(2)
    ]
    seen = []
    for number in range(5):
        with mock.patch.object(limits, "counters", return_value=processes[number % 2]):
            seen.append(allowance.take(holder).exceeded)
    assert seen == [False, False, False, True, True]


# CircuitBreaker


def test_after_a_failure_one_caller_tries_for_all() -> None:
    breaker = CircuitBreaker(pause=60)
    assert [breaker.permits() for _ in range(2)] == [True, True]
    breaker.failed()
    assert not breaker.permits()
    breaker._next_try = 0
    assert [breaker.permits() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert [breaker.permits() for _ in range(2)] == [True, True]


def test_a_broker_that_does_not_answer_is_not_asked_by_everyone(settings: Any) -> None:
    app = BackgroundApp("test", set_as_current=False)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    away = mock.patch.object(Celery, "send_task", side_effect=OperationalError)
    with mock.patch.object(celery, "_broker", CircuitBreaker(pause=60)), away as asked:
        for _ in range(3):
            with pytest.raises(OperationalError):
                app.send_task("core.jobs.tasks.sweep_jobs")
    assert asked.call_count == 1


def test_an_organization_has_an_allowance_that_its_people_and_keys_share(
    cast: Cast, settings: Any
) -> None:
    settings.RATE_LIMIT_ORGANIZATION = "3/min"
    clients = [ApiClient(user=cast.alice), ApiClient(user=cast.bob), ApiClient(key=cast.live_key)]
    assert [client.get("/api/customers").status_code for client in clients] == [200] * 3
    refused = [client.get("/api/customers") for client in clients]
    assert [answer.status_code for answer in refused] == [429] * 3
    assert refused[0].headers["RateLimit-Policy"] == '"organization";q=3;w=60'
    assert ApiClient(user=cast.charlie).get("/api/customers").status_code == 200, "others have room"


def test_pages_and_admin_count_against_it_too(cast: Cast, settings: Any) -> None:
    settings.RATE_LIMIT_ORGANIZATION = "2/min"
    browser = Client()
    browser.force_login(cast.alice)
    assert browser.get("/app/customers/").status_code == 200
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/app/customers/").status_code == 429
    refused = browser.get("/admin/customers/customer/")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert ApiClient(user=cast.bob).get("/api/customers").status_code == 429


def test_its_own_allowance_goes_before_the_servers_and_is_a_super_admins_to_set(
    cast: Cast, settings: Any
) -> None:
    settings.RATE_LIMIT_ORGANIZATION = "1/min"
    values = {"requests_per_minute": 1000}
    with pytest.raises(Forbidden):
        update_organization(actor=actor_of(cast.alice), organization=cast.acme, values=values)
    update_organization(actor=actor_of(cast.sue), organization=cast.acme, values=values)
    alice = ApiClient(user=cast.alice)
    assert [alice.get("/api/customers").status_code for _ in range(3)] == [200] * 3
    charlie = ApiClient(user=cast.charlie)
    assert [charlie.get("/api/customers").status_code for _ in range(2)] == [200, 429]
    with pytest.raises(Invalid):
        update_organization(
            actor=actor_of(cast.sue), organization=cast.acme, values={"requests_per_minute": 0}
        )


def test_what_a_credential_is_refused_isnt_taken_from_its_organization(
    cast: Cast, settings: Any
) -> None:
    settings.RATE_LIMIT_KEY, settings.RATE_LIMIT_ORGANIZATION = "1/hour", "3/min"
    loud = ApiClient(key=cast.live_key)
    assert [loud.get("/api/customers").status_code for _ in range(9)] == [200] + [429] * 8
    assert ApiClient(user=cast.bob).get("/api/customers").status_code == 200

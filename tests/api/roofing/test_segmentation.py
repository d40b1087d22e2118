"""Status, segment and engagement, each at its boundary."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.figures import recalculate
from customers.models import Customer
from customers.services.management import block_customer
from tests.api.roofing.calls import NOW, made, path, project, shown
from tests.cast import Cast
from tests.client import ApiClient


@pytest.mark.parametrize(
    ("since", "value", "status"),
    [
        (NOW - dt.timedelta(days=180) + dt.timedelta(seconds=1), 0, "active"),
        (NOW - dt.timedelta(days=180), 0, "inactive"),
        (NOW - dt.timedelta(days=181), 0, "inactive"),
        (dt.datetime(2024, 12, 15, 12, 0, 1, tzinfo=dt.UTC), 0, "inactive"),
        (dt.datetime(2024, 12, 15, 12, tzinfo=dt.UTC), 0, "churned"),
        (NOW, 100_000, "active"),
        (NOW, 100_000.01, "vip"),
        (NOW - dt.timedelta(days=181), 100_001, "vip"),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), 500_000, "churned"),
    ],
)
def test_status_at_its_boundaries(since: dt.datetime, value: Any, status: str, cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        actor = actor_of(cast.alice)
        customer = made(actor, 1, customer_since=since)
        if value:
            project(actor, customer, value)
        assert shown(ApiClient(user=cast.alice), customer)["status"] == status


@pytest.mark.parametrize(
    ("amounts", "more", "segment"),
    [
        ([50_000], {}, "standard"),
        ([50_000.01], {}, "premium"),
        ([50_001], {"is_referral_partner": True}, "premium"),
        ([1, 1], {}, "repeat"),
        ([1, 1], {"is_referral_partner": True}, "referral_source"),
        ([1], {}, "standard"),
        ([], {}, "standard"),
    ],
)
def test_segment_is_the_first_that_fits(
    amounts: list[Any], more: Any, segment: str, api: ApiClient, actor: Actor
) -> None:
    customer = made(actor, 1, **more)
    for amount in amounts:
        project(actor, customer, amount)
    assert shown(api, customer)["segment"] == segment


def test_whoever_has_referred_someone_is_a_referral_source_until_they_are_gone(
    api: ApiClient, actor: Actor, jane: Customer
) -> None:
    referred = made(actor, 2, referred_by=jane.pk)
    assert (shown(api, jane)["segment"], shown(api, jane)["referral_count"]) == (
        "referral_source",
        1,
    )
    api.delete(path(referred))
    assert (shown(api, jane)["segment"], shown(api, jane)["referral_count"]) == ("standard", 0)
    api.post(path(referred, "/restore"))
    assert shown(api, jane)["referral_count"] == 1


@pytest.mark.parametrize(
    ("since_days", "values", "engagement"),
    [
        (29, {}, "new"),
        (30, {}, "regular"),
        (119, {}, "regular"),
        (120, {}, "at_risk"),
        (180, {}, "inactive"),
        (29, {"nps_score": 6}, "at_risk"),
        (29, {"nps_score": 7}, "new"),
        (29, {"status": "vip", "nps_score": 0}, "vip"),
        (700, {}, "inactive"),
    ],
)
def test_engagement_at_its_boundaries(
    since_days: int, values: Any, engagement: str, actor: Actor
) -> None:
    with time_machine.travel(NOW, tick=False):
        customer = made(actor, 1, customer_since=NOW - dt.timedelta(days=since_days), **values)
        customer.refresh_from_db()
        assert customer.engagement == engagement


@pytest.mark.parametrize(
    ("value", "values", "status", "engagement"),
    [
        (50_000, {}, "active", "new"),
        (50_001, {}, "active", "vip"),
        (50_001, {"nps_score": 0}, "active", "vip"),
        (50_001, {"status": "inactive"}, "inactive", "inactive"),
        (50_001, {"is_blocked": True}, "active", "vip"),
        (100_001, {}, "vip", "vip"),
    ],
)
def test_an_active_customer_of_great_value_is_engaged_as_a_vip(
    value: int, values: Any, status: str, engagement: str, actor: Actor
) -> None:
    with time_machine.travel(NOW, tick=False):
        customer = made(actor, 1, customer_since=NOW, **values)
        project(actor, customer, value)
        customer.refresh_from_db()
    assert (customer.status, customer.engagement) == (status, engagement)


def test_the_support_desk_finds_active_vips(api: ApiClient, actor: Actor) -> None:
    worthy, blocked, vip, _plain = (made(actor, number) for number in range(1, 5))
    for customer, value in ((worthy, 60_000), (blocked, 60_000), (vip, 200_000)):
        project(actor, customer, value)
    block_customer(actor=actor, customer_id=blocked.pk, values={"is_blocked": True})
    found = api.get("/api/v2/customers", status="active", segment="vip").json()["customers"]
    assert [row["_id"] for row in found] == [str(worthy.pk)]
    assert found[0]["segment"] == "vip"


def test_thresholds_are_the_organizations(
    api: ApiClient, cast: Cast, actor: Actor, jane: Customer
) -> None:
    cast.alice.organization.vip_lifetime_value = 10
    cast.alice.organization.save()
    project(actor_of(cast.alice), jane, 11)
    assert shown(api, jane)["status"] == "vip"


def test_time_alone_changes_status_at_the_next_recalculation(
    api: ApiClient, cast: Cast, jane: Customer
) -> None:
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=181), tick=False):
        assert recalculate(organization=cast.acme, environment="live") == 1
        jane.refresh_from_db()
    assert (jane.status, jane.version) == ("inactive", 1)
    assert shown(api, jane)["updated_at"] == shown(api, jane)["created_at"]


@pytest.mark.parametrize(
    ("name", "pinned", "free"), [("status", "inactive", "vip"), ("segment", "repeat", "premium")]
)
def test_a_value_set_by_a_person_stays_until_it_is_set_to_null(
    name: str, pinned: str, free: str, api: ApiClient, actor: Actor, jane: Customer
) -> None:
    assert api.put(path(jane), {name: pinned}).json()["data"][name] == pinned
    project(actor, jane, 200_000)
    assert shown(api, jane)[name] == pinned
    assert api.post(path(jane, "/calculate-ltv")).json()["lifetime_value"] == 200_000
    assert shown(api, jane)[name] == pinned
    assert api.put(path(jane), {name: None}).json()["data"][name] == free

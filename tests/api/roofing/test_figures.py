"""Lifetime value and the other computed figures."""

import datetime as dt

from core.tenancy.actor import Actor
from customers.models import Customer
from tests.api.roofing.calls import NO_ONE, made, path, project, shown
from tests.client import ApiClient


def test_lifetime_value_counts_every_project_but_the_cancelled(
    api: ApiClient, actor: Actor, jane: Customer
) -> None:
    for number, status in enumerate(
        ["planned", "scheduled", "in_progress", "on_hold", "completed", "cancelled"]
    ):
        project(actor, jane, 10**number, status=status)
    data = shown(api, jane)
    assert (
        data["lifetime_value"],
        data["total_value"],
        data["project_count"],
        data["avg_project_value"],
    ) == (11111, 11111, 5, 2222)
    assert api.get(path(jane, "/projects")).json()["total_value"] == 11111
    assert api.get("/api/customers/stats").json()["total_revenue"] == 11111


def test_the_average_is_rounded_to_whole_units_and_amounts_are_exact(
    api: ApiClient, actor: Actor, jane: Customer
) -> None:
    for amount in (0.1, 0.2, 0.7, 1.5):
        project(actor, jane, amount)
    data = shown(api, jane)
    assert (data["lifetime_value"], data["avg_project_value"]) == (2.5, 1)
    assert api.get(path(jane)).content.count(b'"lifetime_value":2.5,') == 1


def test_a_project_changed_cancelled_or_deleted_moves_the_value_and_the_referrers(
    api: ApiClient, actor: Actor, jane: Customer
) -> None:
    referred = made(actor, 2, referred_by=jane.pk)
    row = project(actor, referred, 300)
    seen = []
    for change in ({"total_amount": 500}, {"status": "cancelled"}, {"status": "completed"}):
        assert api.patch(f"/api/projects/{row.pk}", change).status_code == 200
        seen.append((shown(api, referred)["lifetime_value"], shown(api, jane)["referral_value"]))
    assert api.delete(f"/api/projects/{row.pk}").status_code == 200
    seen.append((shown(api, referred)["lifetime_value"], shown(api, jane)["referral_value"]))
    assert seen == [(500, 500), (0, 0), (500, 500), (0, 0)]


def test_referral_value_moves_with_the_referrer(
    api: ApiClient, actor: Actor, jane: Customer
) -> None:
    other, referred = made(actor, 2), made(actor, 3, referred_by=jane.pk)
    project(actor, referred, 300)
    assert api.patch(path(referred), {"referred_by": str(other.pk)}).status_code == 200
    assert (shown(api, jane)["referral_value"], shown(api, other)["referral_value"]) == (0, 300)
    assert api.patch(path(referred), {"referred_by": None}).status_code == 200
    assert shown(api, other)["referral_value"] == 0


def test_no_one_refers_themselves(api: ApiClient, jane: Customer) -> None:
    response = api.patch(path(jane), {"referred_by": str(jane.pk)})
    assert (response.status_code, response.json()["details"]) == (
        400,
        {"referred_by": ["A customer can't refer themselves."]},
    )


def test_appointments_and_visits_are_counted(actor: Actor, api: ApiClient, jane: Customer) -> None:
    for number, status in enumerate(
        ["pending", "confirmed", "completed", "completed", "cancelled", "no_show"]
    ):
        body = {
            "customer_id": str(jane.pk),
            "appointment_date": f"2026-01-0{number + 1}",
            "start_time": "10:00",
            "total_price": 10,
        }
        assert api.post("/api/appointments", {**body, "status": status}).status_code == 201
    jane.refresh_from_db()
    assert (jane.total_appointments, jane.total_spent) == (6, 20)
    assert jane.last_visit_at == dt.datetime(2026, 1, 4, 15, tzinfo=dt.UTC)


def test_writing_figures_is_ignored_and_moves_no_version(
    api: ApiClient, actor: Actor, jane: Customer
) -> None:
    sent = {
        "lifetime_value": 1e6,
        "project_count": 9,
        "referral_count": 9,
        "created_at": "2000-01-01T00:00:00Z",
        "id": NO_ONE,
    }
    response = api.put(path(jane), sent)
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    assert (response.json()["data"]["lifetime_value"], response.json()["data"]["id"]) == (
        0,
        str(jane.pk),
    )
    project(actor, jane, 5)
    assert api.get(path(jane)).headers["ETag"] == '"1"'

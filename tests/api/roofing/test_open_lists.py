"""Kinds of contact and work, and outcomes: a company's own words beside ours, at every door."""

from typing import Any

import pytest

from core.tenancy.actor import Actor
from customers.choices import ProjectType
from customers.models import Customer
from customers.selectors.work import project_types
from interactions.choices import InteractionType
from interactions.selectors import interaction_types, outcomes
from tests.cast import Cast
from tests.client import ApiClient


@pytest.mark.parametrize(
    ("noun", "key", "others"),
    [
        ("interactions", "type", {}),
        ("interactions", "outcome", {"type": "email"}),
        ("projects", "project_type", {}),
    ],
)
def test_a_slug_is_taken_read_back_and_found(
    noun: str, key: str, others: dict[str, Any], api: ApiClient, jane: Customer
) -> None:
    body = {"customer_id": str(jane.pk), **others}
    made = api.post(f"/api/{noun}", body | {key: "trade_fair_2026"})
    assert (made.status_code, made.json()["data"][key]) == (201, "trade_fair_2026")
    key_of = made.json()["data"]["id"]
    found = api.get(f"/api/{noun}", **{key: "trade_fair_2026"}).json()["data"]
    assert [row["id"] for row in found] == [key_of]
    assert api.get(f"/api/{noun}", **{key: "never_used"}).json()["data"] == []
    assert api.put(f"/api/{noun}/{key_of}", made.json()["data"]).headers["ETag"] == '"1"'
    for wrong in ("Trade fair", "trade-fair", "é", "x" * 51, 7, ["email"], "a\n"):
        refused = api.post(f"/api/{noun}", body | {key: wrong})
        # white space around a value is dropped as ever
        assert refused.status_code == (201 if wrong in ("a\n", 7) else 400), wrong
        assert refused.status_code == 201 or key in refused.json()["details"]
    assert api.get(f"/api/{noun}", **{key: "Trade fair"}).status_code == 400


def test_closed_lists_stay_closed(api: ApiClient, jane: Customer) -> None:
    body = {"customer_id": str(jane.pk), "status": "dreamed_of"}
    refused = api.post("/api/projects", body)
    assert (refused.status_code, list(refused.json()["details"])) == (400, ["status"])


def test_history_is_narrowed_to_a_companys_own_kind(api: ApiClient, jane: Customer) -> None:
    for kind in ("trade_fair", "email"):
        api.post("/api/interactions", {"customer_id": str(jane.pk), "type": kind})
    path = f"/api/customers/{jane.pk}/interactions"
    assert api.get(path, type="trade_fair").json()["count"] == 1
    assert api.get(path, type="Trade fair").status_code == 400


def test_what_was_used_is_offered_from_then_on(
    api: ApiClient, actor: Actor, jane: Customer, cast: Cast
) -> None:
    assert interaction_types(actor=actor) == InteractionType.choices
    for outcome in ("sold", "asked_again", "sold"):
        body = {"customer_id": str(jane.pk), "type": "trade_fair", "outcome": outcome}
        assert api.post("/api/interactions", body).status_code == 201
    api.post("/api/projects", {"customer_id": str(jane.pk), "project_type": "solar_panels"})
    assert interaction_types(actor=actor)[-1] == ("trade_fair", "Trade fair")
    assert outcomes(actor=actor)[-2:] == [("asked_again", "Asked again"), ("sold", "Sold")]
    assert project_types(actor=actor) == [*ProjectType.choices, ("solar_panels", "Solar panels")]


def test_a_word_that_we_dont_know_is_read_as_it_is_written() -> None:
    assert InteractionType("trade_fair").label == "Trade fair"
    assert InteractionType("trade_fair").icon == InteractionType.OTHER.icon
    assert "trade_fair" not in InteractionType.values
    with pytest.raises(ValueError):
        InteractionType("Trade fair")

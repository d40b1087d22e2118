"""
The same conditions mean the same rows: in the list over all its pages, in its export, and in what a
bulk update changes.
"""

import json
import random
from typing import Any

import pytest

from core.errors import Invalid
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.filters import CustomerConditions, CustomerFilterSet
from customers.models import Customer
from customers.selectors.customers import tags_of
from customers.services.bulk_creation import create_customers
from customers.services.jobs import start_bulk_update
from tests import background
from tests.cast import Cast
from tests.client import ApiClient

CITIES = ["Troy", "Flint", "Ann Arbor", "Ñuñoa"]
NAMES = ["Ana", "Anna", "Bo", "Zoë", "Li", "José María", "O'Neill", "Łukasz"]
TAGS = ["vip", "roof", "late payer", "=odd"]
CHOICES: dict[str, list[str]] = {
    "search": [
        "an",
        "zoe",
        "jose",
        "248555",
        "example.com",
        "o'n",
        "li",
        "(248) 555",
        "nobody at all",
    ],
    "status": ["active", "vip", "inactive", "churned", "active,vip"],
    "segment": ["standard", "premium", "repeat", "standard,premium"],
    "min_lifetime_value": ["0", "0.01", "60000", "100000.01"],
    "zip_code": ["48201", "00000"],
    "city": [*CITIES, "troy"],
    "is_referral_partner": ["true", "false"],
    "tags": ["vip", "roof,vip", "=odd", "missing"],
    "updated_since": ["2020-01-01", "2999-01-01"],
    "external_id": ["e-3", "e-999"],
    "marketing": ["true", "false"],
    "deleted": ["false", "true"],
}


@pytest.fixture
def people(actor: Actor) -> None:
    draw = random.Random(7)
    rows = [
        {
            "first_name": draw.choice(NAMES),
            "last_name": draw.choice(NAMES),
            "email": f"p{number}@example.com" if draw.random() < 0.8 else "",
            "phone": f"248555{1000 + number}",
            "city": draw.choice(CITIES),
            "postal_code": draw.choice(["48201", ""]),
            "tags": draw.sample(TAGS, draw.randint(0, 3)),
            "external_id": f"e-{number}",
            "is_referral_partner": draw.random() < 0.3,
            "marketing_consent": draw.random() < 0.6,
        }
        for number in range(120)
    ]
    assert all(result.customer_id for result in create_customers(actor=actor, rows=rows))
    for row in Customer.objects.for_actor(actor).order_by("pk"):
        values: dict[str, Any] = {"lifetime_value": draw.choice([0, 0.01, 75_000, 250_000])}
        values["status"] = draw.choice(["active", "vip", "inactive", "churned"])
        values["segment"] = draw.choice(["standard", "premium", "repeat"])
        values["deleted_at"] = row.created_at if draw.random() < 0.1 else None
        Customer.objects.for_actor(actor).filter(pk=row.pk).update(
            status_pinned=True, segment_pinned=True, **values
        )


def random_filters(draw: random.Random) -> dict[str, str]:
    return {
        name: draw.choice(CHOICES[name])
        for name in draw.sample(sorted(CHOICES), draw.randint(0, 3))
    }


def listed(api: ApiClient, query: dict[str, str]) -> list[str]:
    """The ids of the list over all its pages."""
    ids: list[str] = []
    page, pages = 1, 1
    while page <= pages:
        answer = api.get("/api/customers", page=page, per_page=30, **query).json()
        ids += [row["id"] for row in answer["data"]]
        assert answer["pagination"]["total"] >= len(ids)
        page, pages = page + 1, answer["pagination"]["total_pages"]
    assert len(ids) == answer["pagination"]["total"]
    return ids


@pytest.mark.heavy
@pytest.mark.django_db(transaction=True)  # so that PostgreSQL forgets rows that were replaced
def test_two_hundred_random_filters_mean_the_same_rows_everywhere(
    api: ApiClient, actor: Actor, people: None
) -> None:
    draw = random.Random(11)
    sizes = set()
    for number in range(200):
        query = random_filters(draw)
        ids = listed(api, query)
        job = api.post(
            "/api/exports",
            {"resource": "customers", "format": "jsonl", "columns": ["id"], "filters": query},
        ).json()["data"]
        background.run(job["id"])
        export = api.get(f"/api/exports/{job['id']}").json()["data"]
        lines = b"".join(api.get(export["download_url"]).streaming_content).splitlines()
        assert [json.loads(line)["id"] for line in lines] == ids, query
        assert (export["rows"], export["total"]) == (len(ids), len(ids))
        zone = actor.organization.time_zone
        wanted = CustomerFilterSet(query, time_zone=zone).conditions
        if wanted.deleted:  # the deleted are restored, not changed
            continue
        bulk = start_bulk_update(
            actor=actor, conditions=wanted, values={"campaign": f"filter {number}"}
        )
        background.run(bulk.pk)
        bulk.refresh_from_db()
        assert (bulk.state, bulk.total, bulk.result) == (
            "succeeded",
            len(ids),
            {"updated": len(ids)},
        ), query
        changed = (
            Customer.objects.for_actor(actor)
            .filter(campaign=f"filter {number}")
            .values_list("pk", flat=True)
        )
        assert {str(key) for key in changed} == set(ids), query
        sizes.add(len(ids))
    assert len(sizes) > 20  # the filters weren't all trivial


def test_a_bulk_update_adds_tags_beside_those_that_are_there(actor: Actor, people: None) -> None:
    wanted = CustomerConditions(city="Troy")
    before = tags_of(
        Customer.objects.for_actor(actor)
        .filter(city="Troy", deleted_at=None)
        .values_list("pk", flat=True)
    )
    job = start_bulk_update(actor=actor, conditions=wanted, values={}, add_tags=["spring", "vip"])
    background.run(job.pk)
    assert tags_of(before) == {
        key: list(dict.fromkeys([*names, "spring", "vip"])) for key, names in before.items()
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"values": {"status": "rich"}},
        {"values": {}, "add_tags": ["a,b"]},
        {"values": {"nps_score": 11}},
    ],
)
def test_a_bulk_update_that_breaks_a_rule_never_starts(
    actor: Actor, people: None, asked: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        start_bulk_update(actor=actor, conditions=CustomerConditions(), **asked)


def test_a_bulk_update_stays_in_its_organization(cast: Cast, actor: Actor, people: None) -> None:
    theirs = Customer.objects.add(
        actor_of(cast.charlie), first_name="Theirs", first_key="theirs", search_text="theirs"
    )
    background.run(
        start_bulk_update(
            actor=actor, conditions=CustomerConditions(ids=[theirs.pk]), values={"campaign": "x"}
        ).pk
    )
    background.run(
        start_bulk_update(actor=actor, conditions=CustomerConditions(), values={"campaign": "x"}).pk
    )
    theirs.refresh_from_db()
    assert theirs.campaign == ""

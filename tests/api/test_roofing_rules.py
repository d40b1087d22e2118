"""The native API's rules, each at its boundary, through the door."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from analytics.health import health_score
from core.audit.models import AuditEntry, OutboxEvent
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.figures import recalculate
from customers.models import Consent, Customer, CustomerTag
from customers.services.customers import create_customer
from customers.services.work import create_project
from tests.cast import Cast, customer_values
from tests.client import ApiClient

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
NO_ONE = "550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1))


def path(customer: Customer, rest: str = "") -> str:
    return f"/api/customers/{customer.pk}{rest}"


def shown(api: ApiClient, customer: Customer) -> dict[str, Any]:
    body: dict[str, Any] = api.get(path(customer)).json()["data"]
    return body


def made(actor: Actor, number: int, **more: Any) -> Customer:
    return create_customer(actor=actor, values=customer_values(number, **more))


def project(actor: Actor, customer: Customer, amount: Any, **more: Any) -> Any:
    return create_project(
        actor=actor, values={"customer": customer.pk, "total_amount": amount, **more}
    )


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


# Status, segment and engagement


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


# Figures


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


# Health score and insights


def score(**figures: Any) -> int:
    row = {
        "lifetime_value": 0,
        "project_count": 0,
        "nps_score": None,
        "referral_count": 0,
        "last_interaction_at": None,
        **figures,
    }
    return health_score(row, NOW)


@pytest.mark.parametrize(
    ("name", "bands"),
    [
        (
            "lifetime_value",
            {
                0: 0,
                1: 10,
                9_999: 10,
                10_000: 15,
                24_999: 15,
                25_000: 20,
                49_999: 20,
                50_000: 25,
                99_999: 25,
                100_000: 30,
            },
        ),
        ("project_count", {0: 0, 1: 5, 2: 10, 3: 15, 4: 15, 5: 20, 99: 20}),
        ("nps_score", {None: 0, 0: 0, 4: 0, 5: 10, 6: 10, 7: 15, 8: 15, 9: 20, 10: 20}),
        ("referral_count", {0: 0, 1: 8, 2: 8, 3: 12, 4: 12, 5: 15, 50: 15}),
    ],
)
def test_every_band_of_the_health_score(name: str, bands: dict[Any, int]) -> None:
    assert {figure: score(**{name: figure}) for figure in bands} == bands


@pytest.mark.parametrize(
    ("days", "points"),
    [(0, 15), (30, 15), (30.01, 10), (90, 10), (90.01, 5), (180, 5), (180.01, 0)],
)
def test_every_band_of_the_recent_interaction(days: float, points: int) -> None:
    assert score(last_interaction_at=NOW - dt.timedelta(days=days)) == points


def test_the_highest_score_is_a_hundred() -> None:
    full = {
        "lifetime_value": 100_000,
        "project_count": 5,
        "nps_score": 10,
        "referral_count": 5,
        "last_interaction_at": NOW,
    }
    assert score(**full) == 100


INSIGHTS = [
    ({"nps_score": 9}, "opportunities", "Candidate for referral program"),
    ({"nps_score": 8}, "opportunities", None),
    ({"is_referral_partner": True}, "opportunities", "Referral partner without referrals yet"),
    ({"date_of_birth": "1980-06-15"}, "opportunities", "Birthday within two weeks"),
    ({"date_of_birth": "1980-06-29"}, "opportunities", "Birthday within two weeks"),
    ({"date_of_birth": "1980-06-30"}, "opportunities", None),
    ({"date_of_birth": "1980-06-14"}, "opportunities", None),
    ({"roof_age": 10}, "recommendations", "Good time for roof inspection outreach"),
    ({"roof_age": None}, "recommendations", "Good time for roof inspection outreach"),
    ({"nps_score": 6}, "recommendations", "Detractor - ask what went wrong"),
    ({"nps_score": 6}, "recommendations", "At risk of leaving - reach out personally"),
    ({"phone": None}, "recommendations", "Complete the contact data"),
]


@pytest.mark.parametrize(("values", "kind", "text"), INSIGHTS)
def test_each_rule_of_the_insights(values: Any, kind: str, text: str | None, cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        customer = made(actor_of(cast.alice), 1, **{"roof_age": 5, "notify_sms": True, **values})
        found = ApiClient(user=cast.alice).get(path(customer)).json()["insights"][kind]
        assert (text in found) if text else found == []


def test_insights_of_work_and_contact(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        actor, api = actor_of(cast.alice), ApiClient(user=cast.alice)
        customer = made(actor, 1, roof_age=5, notify_sms=True)
        recent = project(
            actor, customer, 1, status="completed", completed_at="2025-12-15T12:00:01Z"
        )
        assert api.get(path(customer)).json()["insights"]["recommendations"] == [
            "Schedule quarterly check-in"
        ]
        api.patch(f"/api/projects/{recent.pk}", {"completed_at": "2025-12-15T12:00:00Z"})
        assert api.get(path(customer)).json()["insights"]["recommendations"] == [
            "Schedule quarterly check-in",
            "Good time for roof inspection outreach",
        ]
        for _ in range(19):
            api.post(path(customer, "/interactions"), {"type": "note"})
        assert api.get(path(customer)).json()["insights"]["opportunities"] == []
        api.post(path(customer, "/interactions"), {"type": "note"})
        assert api.get(path(customer)).json()["insights"]["opportunities"] == [
            "High engagement - potential upsell opportunity"
        ]


# Lists


@pytest.fixture
def four(actor: Actor, cast: Cast) -> dict[str, str]:
    rows = {
        "ann": {
            "first_name": "Ánn",
            "last_name": "O'Brien",
            "city": "Troy",
            "zip_code": "48084",
            "tags": ["gold", "north"],
        },
        "bob": {
            "first_name": "BOB",
            "last_name": "Müller",
            "city": "Birmingham",
            "is_referral_partner": True,
            "tags": ["gold"],
        },
        "cy": {
            "first_name": "Cy",
            "last_name": "Łukasz",
            "company_name": "Straße & Co",
            "assigned_to": cast.bob.pk,
            "tags": ["south"],
        },
        "dee": {"first_name": "Dee", "last_name": "100%", "external_id": "X-1", "nps_score": 3},
    }
    made_rows = {}
    for number, (name, values) in enumerate(rows.items()):
        values = {{"zip_code": "postal_code"}.get(key, key): value for key, value in values.items()}
        made_rows[name] = made(
            actor,
            number,
            **{"email": f"{name}@example.com", "phone": f"(248) 555-{number:04}", **values},
        )
    project(actor, made_rows["bob"], 60_000)
    project(actor, made_rows["cy"], 60_000)
    project(actor, made_rows["cy"], 60_000)
    return {name: str(row.pk) for name, row in made_rows.items()}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "dee cy bob ann"),
        ({"status": "vip"}, "cy"),
        ({"status": "vip,active"}, "dee cy bob ann"),
        ({"status": "churned"}, ""),
        ({"segment": "premium"}, "cy bob"),
        ({"segment": "premium,standard", "city": "Birmingham"}, "bob"),
        ({"min_lifetime_value": "60000"}, "cy bob"),
        ({"min_lifetime_value": "60000.01"}, "cy"),
        ({"zip_code": "48084"}, "ann"),
        ({"city": "Troy"}, "ann"),
        ({"is_referral_partner": "true"}, "bob"),
        ({"is_referral_partner": "false"}, "dee cy ann"),
        ({"tags": "gold"}, "bob ann"),
        ({"tags": "gold,south"}, "cy bob ann"),
        ({"tags": "GOLD"}, ""),
        ({"external_id": "X-1"}, "dee"),
        ({"search": "ann"}, "ann"),
        ({"search": "ÁNN"}, "ann"),
        ({"search": "muller"}, "bob"),
        ({"search": "MÜLL"}, "bob"),
        ({"search": "lukasz"}, "cy"),
        ({"search": "strasse"}, "cy"),
        ({"search": "bob muller"}, "bob"),
        ({"search": "muller bob"}, "bob"),
        ({"search": "bob brien"}, ""),
        ({"search": "rien"}, "ann"),
        ({"search": "ri"}, ""),
        ({"search": "o'"}, "ann"),
        ({"search": "cy"}, "cy"),
        ({"search": "y"}, ""),
        ({"search": "example.com"}, "dee cy bob ann"),
        ({"search": "2485550002"}, "cy"),
        ({"search": "(248) 555-0002"}, "cy"),
        ({"search": "+1 248 555 0002"}, "cy"),
        ({"search": "248.555.0002"}, "cy"),
        ({"search": "555-0003"}, "dee"),
        ({"search": "%"}, ""),
        ({"search": "100%"}, "dee"),
        ({"search": "___"}, ""),
    ],
    ids=str,
)
def test_each_filter_selects_exactly_its_rows(
    query: Any, names: str, api: ApiClient, four: dict[str, str]
) -> None:
    assert ids(api.get("/api/customers", **query)) == [four[name] for name in names.split()]


def test_the_manager_filter(api: ApiClient, four: dict[str, str], cast: Cast) -> None:
    assert ids(api.get("/api/customers", assigned_to=str(cast.bob.pk))) == [four["cy"]]
    assert ids(api.get("/api/customers", assigned_to=NO_ONE)) == []


def test_updated_since_takes_a_moment_or_a_day_of_the_organizations_zone(
    api: ApiClient, actor: Actor
) -> None:
    for number, moment in enumerate(("2026-03-01T04:59:59Z", "2026-03-01T05:00:00Z")):
        with time_machine.travel(moment, tick=False):
            made(actor, number)
    rows = ids(api.get("/api/customers", sort="updated_at:desc"))
    assert ids(api.get("/api/customers", updated_since="2026-03-01")) == rows[:1]
    assert ids(api.get("/api/customers", updated_since="2026-03-01T05:00:00Z")) == rows[:1]
    assert ids(api.get("/api/customers", updated_since="2026-02-28")) == rows
    assert ids(api.get("/api/customers", updated_since="2026-03-01T06:00:00+01:00")) == rows[:1]


SORTS = [
    "created_at",
    "updated_at",
    "first_name",
    "last_name",
    "email",
    "city",
    "status",
    "segment",
    "lifetime_value",
    "project_count",
]


@pytest.mark.parametrize("field", [*SORTS, "customer_since", "last_interaction", "nps_score"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_every_order_is_total_and_its_pages_neither_repeat_nor_lose(
    field: str, direction: str, actor: Actor, api: ApiClient
) -> None:
    for number in range(7):
        values = {
            "first_name": "Abc"[number % 3],
            "nps_score": [None, 5, 9][number % 3],
            "city": ["x", "", "z"][number % 3],
        }
        values |= {"email": ""} if number % 3 == 1 else {}
        customer = made(actor, number, **values)
        if number % 2:
            project(actor, customer, 5)
            api.post(
                path(customer, "/interactions"),
                {"type": "note", "date": f"2026-01-0{number}T00:00:00Z"},
            )
    whole = api.get("/api/customers", sort=f"{field}:{direction}").json()["data"]
    walked = [
        row
        for page in range(1, 5)
        for row in api.get(
            "/api/customers", sort=f"{field}:{direction}", per_page="2", page=str(page)
        ).json()["data"]
    ]
    assert [row["id"] for row in walked] == [row["id"] for row in whole]
    assert len({row["id"] for row in walked}) == 7
    known = [
        row[field].lower() if isinstance(row[field], str) else row[field]
        for row in whole
        if row[field] is not None
    ]
    assert known == sorted(known, reverse=direction == "desc")
    assert [row[field] for row in whole][len(known) :] == [None] * (7 - len(known))


def test_unknown_texts_come_last_in_a_second_order_too(api: ApiClient, actor: Actor) -> None:
    for number, city in enumerate(["", "b", "a", ""]):
        made(actor, number, first_name="Same", city=city)
    for sort in ("first_name:asc,city:asc", "first_name:desc,city:asc", "first_name:asc,city:desc"):
        cities = [row["city"] for row in api.get("/api/customers", sort=sort).json()["data"]]
        assert cities == (
            ["b", "a", None, None] if sort.endswith("desc") else ["a", "b", None, None]
        )


def test_several_sorts_decide_in_their_order(api: ApiClient, four: dict[str, str]) -> None:
    found = ids(api.get("/api/customers", sort="lifetime_value:desc,first_name:asc"))
    assert found == [four[name] for name in ("cy", "bob", "ann", "dee")]


def test_pagination_counts(api: ApiClient, four: dict[str, str]) -> None:
    body = api.get("/api/customers", per_page="3", page="2").json()
    assert body["pagination"] == {
        "page": 2,
        "per_page": 3,
        "total": 4,
        "total_pages": 2,
        "has_next": False,
        "has_prev": True,
    }
    assert len(body["data"]) == 1
    assert api.get("/api/customers", search="nobody at all").json() == {
        "data": [],
        "pagination": {
            "page": 1,
            "per_page": 50,
            "total": 0,
            "total_pages": 0,
            "has_next": False,
            "has_prev": False,
        },
    }


# Reading and writing


FULL = {
    "first_name": "Zoë",
    "last_name": "Quinn",
    "company_name": "Quinn & Co",
    "is_business": True,
    "email": "Zoe@Example.com",
    "phone": "(248) 555-0199",
    "whatsapp_number": "+52 999 123 4567",
    "alternative_phones": ["248-555-0198", "+49 30 901820"],
    "avatar_url": "https://example.com/a.png",
    "gender": "f",
    "date_of_birth": "1990-02-28",
    "street_address": "1 Main St",
    "city": "Troy",
    "state": "MI",
    "zip_code": "48084",
    "country": "USA",
    "latitude": 42.605589,
    "longitude": -83.14993,
    "property_value": 650000.5,
    "property_type": "single_family",
    "roof_age": 12,
    "roof_type": "slate",
    "original_source": "referral",
    "converted_from_lead_id": "lead-1",
    "external_id": "ext-1",
    "campaign": "spring",
    "is_referral_partner": True,
    "tags": "a,b",
    "notes": "line one\nline two",
    "custom_fields": {"a": [1, {"b": None}], "ü": "é"},
    "is_blocked": True,
    "block_reason": "asked",
    "nps_score": 10,
    "satisfaction_rating": 4.8,
    "preferred_contact_method": "phone",
    "best_call_time": "mornings",
    "email_opt_in": False,
    "sms_opt_in": True,
    "marketing_opt_in": True,
    "language": "es",
    "customer_since": "2024-06-15T00:00:00Z",
}


def test_every_writable_field_reads_back_as_written(api: ApiClient) -> None:
    data = api.post("/api/customers", FULL).json()["data"]
    shown_phones = {
        "phone": "2485550199",
        "whatsapp_number": "+529991234567",
        "alternative_phones": ["2485550198", "+4930901820"],
    }
    assert {key: data[key] for key in FULL} == {**FULL, **shown_phones}


def test_what_was_read_can_be_sent_back_and_changes_nothing(api: ApiClient, actor: Actor) -> None:
    made_body = api.post("/api/customers", FULL).json()["data"]
    plain = api.post(
        "/api/customers", {"first_name": "A", "last_name": "B", "phone": "2485550100"}
    ).json()["data"]
    for data in (made_body, plain):
        before = (
            AuditEntry.objects.unscoped().count(),
            OutboxEvent.objects.unscoped().count(),
            Consent.objects.unscoped().count(),
        )
        response = api.put(f"/api/customers/{data['id']}", data)
        assert (response.status_code, response.headers["ETag"]) == (200, '"1"'), response.content
        assert response.json()["data"] == data
        after = (
            AuditEntry.objects.unscoped().count(),
            OutboxEvent.objects.unscoped().count(),
            Consent.objects.unscoped().count(),
        )
        assert after == before


@pytest.mark.parametrize(
    ("path_of_list", "body"),
    [
        (
            "/api/projects",
            {"total_amount": 5.5, "status": "completed", "start_date": "2026-01-01T00:00:00Z"},
        ),
        ("/api/interactions", {"type": "email", "notes": "x"}),
        ("/api/conversations", {"channel": "sms", "subject": "x"}),
        ("/api/transactions", {"gross_amount": 5.5, "description": "x"}),
        (
            "/api/appointments",
            {"appointment_date": "2026-01-05", "start_time": "23:30", "total_price": 5},
        ),
        (
            "/api/appointments",
            {
                "appointment_date": "2026-11-01",
                "start_time": "01:30",
                "notes": "an hour shown twice",
            },
        ),
    ],
)
def test_what_was_read_of_any_resource_can_be_sent_back(
    path_of_list: str, body: Any, api: ApiClient, jane: Customer
) -> None:
    row = api.post(path_of_list, {"customer_id": str(jane.pk), **body})
    assert row.status_code == 201, row.content
    before = AuditEntry.objects.unscoped().count()
    back = api.put(
        f"{path_of_list}/{row.json()['data'].get('id') or row.json()['data']['transaction_id']}",
        row.json()["data"],
    )
    assert (back.status_code, back.json()) == (200, row.json())
    assert AuditEntry.objects.unscoped().count() == before


@pytest.mark.parametrize(
    "sent",
    [
        "2485556789",
        "(248) 555-6789",
        "+1 248 555 6789",
        "1-248-555-6789",
        "+12485556789",
        2485556789,
    ],
)
def test_a_phone_is_taken_as_people_type_it_and_is_one_number(
    sent: Any, api: ApiClient, jane: Customer
) -> None:
    assert api.patch(path(jane), {"phone": sent}).json()["data"]["phone"] == "2485556789"
    other = {"first_name": "A", "last_name": "B", "phone": "248.555.6789"}
    refused = api.post("/api/customers", other)
    assert (refused.status_code, refused.json()) == (
        409,
        {"error": "Customer with this phone already exists"},
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [("b, a ,b,", "a,b"), (["b", "a"], "a,b"), ("", None), (None, None), ([], None), (["É"], "É")],
)
def test_tags_are_a_text_or_a_list_and_replace_the_whole(
    sent: Any, read: str | None, api: ApiClient, jane: Customer
) -> None:
    api.patch(path(jane), {"tags": "old,a"})
    assert api.patch(path(jane), {"tags": sent}).json()["data"]["tags"] == read


def test_both_names_of_a_projects_completion_are_taken(api: ApiClient, jane: Customer) -> None:
    for name in ("completion_date", "completed_at"):
        body = {"customer_id": str(jane.pk), "status": "completed", name: "2026-01-05T00:00:00Z"}
        data = api.post("/api/projects", body).json()["data"]
        assert data["completion_date"] == data["completed_at"] == "2026-01-05T00:00:00Z"


def test_a_project_stays_with_its_customer(api: ApiClient, actor: Actor, jane: Customer) -> None:
    other, row = made(actor, 2), project(actor, jane, 5)
    for customer in (str(other.pk), None):
        refused = api.patch(f"/api/projects/{row.pk}", {"customer_id": customer})
        assert (refused.status_code, refused.json()["details"]) == (
            400,
            {"customer_id": ["The customer can't be changed."]},
        )


def test_a_new_email_is_not_verified_but_another_spelling_is_the_same(
    api: ApiClient, jane: Customer
) -> None:
    Customer.objects.unscoped().filter(pk=jane.pk).update(email_verified=True)
    api.patch(path(jane), {"email": "JANE1@example.com"})
    assert Customer.objects.unscoped().get(pk=jane.pk).email_verified is True
    api.patch(path(jane), {"email": "new@example.com"})
    assert Customer.objects.unscoped().get(pk=jane.pk).email_verified is False


def test_every_change_of_a_channel_adds_a_row_to_the_ledger(
    api: ApiClient, jane: Customer, cast: Cast
) -> None:
    for change in (
        {"sms_opt_in": True},
        {"sms_opt_in": True},
        {"sms_opt_in": False, "marketing_opt_in": True},
        {"email_opt_in": False},
    ):
        assert api.patch(path(jane), change).status_code == 200
    rows = (
        Consent.objects.unscoped()
        .filter(customer=jane)
        .order_by("id")
        .values_list("channel", "purpose", "granted", "method", "recorded_by")
    )
    assert set(rows) == {
        ("sms", "notifications", True, "roofing", cast.alice.email),
        ("sms", "notifications", False, "roofing", cast.alice.email),
        ("all", "marketing", True, "roofing", cast.alice.email),
        ("email", "notifications", False, "roofing", cast.alice.email),
    }
    assert len(rows) == 4


def test_an_email_and_a_phone_of_a_deleted_customer_are_free_and_restoring_then_conflicts(
    api: ApiClient, jane: Customer
) -> None:
    api.delete(path(jane))
    taken = api.post("/api/customers", customer_values(1, phone="2485559999"))
    assert taken.status_code == 201
    refused = api.post(path(jane, "/restore"))
    assert (refused.status_code, refused.json()) == (
        409,
        {"error": "Customer with this email already exists"},
    )
    assert ids(api.get("/api/customers", deleted="true")) == [str(jane.pk)]
    api.delete(f"/api/customers/{taken.json()['data']['id']}")
    restored = api.post(path(jane, "/restore"))
    assert (restored.status_code, restored.json()["data"]["email"]) == (200, "jane1@example.com")
    assert api.post(path(jane, "/restore")).status_code == 404


def test_what_belongs_to_a_deleted_customer_is_gone_with_it_and_comes_back(
    api: ApiClient, actor: Actor, jane: Customer
) -> None:
    row = project(actor, jane, 5)
    logged = api.post(path(jane, "/interactions"), {"type": "note"}).json()["data"]["id"]
    api.delete(path(jane))
    for gone in (
        f"/api/projects/{row.pk}",
        f"/api/interactions/{logged}",
        path(jane),
        path(jane, "/projects"),
    ):
        assert api.get(gone).status_code == 404, gone
    assert api.get("/api/projects").json()["pagination"]["total"] == 0
    assert (
        api.post("/api/projects", {"customer_id": str(jane.pk), "total_amount": 1}).status_code
        == 400
    )
    api.post(path(jane, "/restore"))
    assert api.get(f"/api/projects/{row.pk}").status_code == 200


@pytest.mark.parametrize("form", ["", "/"])
def test_every_path_works_with_and_without_a_trailing_slash(
    form: str, api: ApiClient, jane: Customer
) -> None:
    for known in (
        "/api/customers",
        path(jane),
        path(jane, "/projects"),
        "/api/customers/stats",
        "/api/projects",
        "/api/auth/me",
    ):
        assert api.get(f"{known}{form}").status_code == 200, known
    assert api.post(f"/api/customers{form}", customer_values(9)).status_code == 201
    assert api.get("/api/customers//").status_code == 404


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"1"', 200),
        ("*", 200),
        (' "1" ', 200),
        ('"7", "1"', 200),
        ('W/"1", "1"', 200),
        ('"2"', 412),
        ('W/"1"', 412),
        ("1", 412),
        ('"one"', 412),
        ('""', 412),
        ('"01x"', 412),
        ("", 412),
        ('"' + "9" * 5000 + '"', 412),
        ('"²"', 412),
    ],
)
def test_if_match(header: str, status: int, api: ApiClient, jane: Customer) -> None:
    response = api.send("PATCH", path(jane), {"city": "New"}, **{"If-Match": header})
    assert response.status_code == status
    assert shown(api, jane)["city"] == ("New" if status == 200 else None)
    assert api.get(path(jane)).headers["ETag"] == ('"2"' if status == 200 else '"1"')


def test_a_stale_delete_is_412_and_deletes_nothing(api: ApiClient, jane: Customer) -> None:
    api.patch(path(jane), {"city": "New"})
    assert api.send("DELETE", path(jane), **{"If-Match": '"1"'}).status_code == 412
    assert api.get(path(jane)).status_code == 200
    assert api.send("DELETE", path(jane), **{"If-Match": '"2"'}).status_code == 200


def test_bulk_update_is_all_or_nothing_and_refuses_what_is_read_only(
    api: ApiClient, actor: Actor
) -> None:
    rows = [made(actor, number) for number in range(3)]
    keys = [str(row.pk) for row in rows]
    for updates in (
        {"campaign": "x", "nps_score": 11},
        {"campaign": "x", "lifetime_value": 5},
        {"campaign": "x", "email": "a@b.test"},
    ):
        assert (
            api.post(
                "/api/customers/bulk-update", {"customer_ids": keys, "updates": updates}
            ).status_code
            == 400
        )
    assert {row.campaign for row in Customer.objects.unscoped()} == {""}
    assert set(Customer.objects.unscoped().values_list("version", flat=True)) == {1}
    body = {
        "customer_ids": [*keys, keys[0]],
        "updates": {"campaign": "x", "status": "vip", "tags": "t"},
    }
    assert api.post("/api/customers/bulk-update", body).json() == {
        "message": "Updated 3 customers",
        "updated": 3,
        "requested": 3,
        "failed": [],
    }
    assert set(
        Customer.objects.unscoped().values_list("campaign", "status", "status_pinned", "version")
    ) == {("x", "vip", True, 2)}
    assert OutboxEvent.objects.unscoped().filter(type="customer.updated").count() == 3


def test_bulk_update_of_a_thousand_replaces_their_tags(
    api: ApiClient, cast: Cast, actor: Actor
) -> None:
    rows = [Customer.objects.new(actor, first_name=f"n{number}") for number in range(1000)]
    Customer.objects.unscoped().bulk_create(rows)
    keys = [str(row.pk) for row in rows]
    for tags in ("one,two", "two,three"):
        response = api.post(
            "/api/customers/bulk-update",
            {"customer_ids": keys, "updates": {"tags": tags, "assigned_to": str(cast.bob.pk)}},
        )
        assert (response.status_code, response.json()["updated"]) == (207, 1000)
    assert set(CustomerTag.objects.unscoped().values_list("tag__name", flat=True)) == {
        "two",
        "three",
    }
    assert CustomerTag.objects.unscoped().count() == 2000


# The trail


WRITES = [
    ("POST", "", customer_values(5), "customer.created", {"customer.created"}),
    (
        "POST",
        "",
        customer_values(5, converted_from_lead_id="l"),
        "customer.created",
        {"customer.created", "customer.converted"},
    ),
    ("PATCH", "/{id}", {"city": "New"}, "customer.updated", {"customer.updated"}),
    ("DELETE", "/{id}", None, "customer.deleted", {"customer.deleted"}),
    (
        "POST",
        "/{id}/interactions",
        {"type": "note"},
        "interaction.created",
        {"interaction.created"},
    ),
    (
        "POST",
        "/bulk-update",
        {"customer_ids": ["{id}"], "updates": {"campaign": "x"}},
        "customer.updated",
        {"customer.updated"},
    ),
]


@pytest.mark.parametrize(("method", "rest", "body", "action", "events"), WRITES)
def test_every_write_leaves_one_entry_and_its_events(
    method: str,
    rest: str,
    body: Any,
    action: str,
    events: set[str],
    api: ApiClient,
    jane: Customer,
    cast: Cast,
) -> None:
    AuditEntry.objects.unscoped().delete()
    OutboxEvent.objects.unscoped().delete()
    if isinstance(body, dict) and "customer_ids" in body:
        body = {**body, "customer_ids": [str(jane.pk)]}
    response = api.send(method, "/api/customers" + rest.format(id=jane.pk), body)
    assert response.status_code < 300, response.content
    (entry,) = AuditEntry.objects.unscoped().filter(action=action)
    assert (entry.actor_kind, entry.actor_id, entry.actor_label, entry.via) == (
        "user",
        cast.alice.pk,
        cast.alice.email,
        "roofing",
    )
    assert (entry.address, entry.request_id) == ("127.0.0.1", response.headers["X-Request-ID"])
    assert set(OutboxEvent.objects.unscoped().values_list("type", flat=True)) == events


@pytest.mark.parametrize(
    ("kind", "body", "events"),
    [
        ("projects", {"total_amount": 1}, []),
        ("projects", {"total_amount": 1, "status": "completed"}, ["project.completed"]),
        ("transactions", {"gross_amount": 1}, []),
        (
            "appointments",
            {"appointment_date": "2026-01-05", "start_time": "10:00"},
            ["appointment.created"],
        ),
        ("conversations", {"channel": "sms"}, []),
    ],
)
def test_every_write_of_a_resource_is_audited(
    kind: str, body: Any, events: list[str], api: ApiClient, jane: Customer
) -> None:
    OutboxEvent.objects.unscoped().delete()
    response = api.post(f"/api/{kind}", {"customer_id": str(jane.pk), **body})
    assert response.status_code == 201, response.content
    assert (
        AuditEntry.objects.unscoped()
        .filter(action=f"{kind[:-1]}.created", customer_id=jane.pk)
        .count()
        == 1
    )
    assert list(OutboxEvent.objects.unscoped().values_list("type", flat=True)) == events


def test_an_idempotency_key_replays_its_answer_and_refuses_another_body(api: ApiClient) -> None:
    first = api.post("/api/customers", customer_values(1), **{"Idempotency-Key": "k"})
    again = api.post("/api/customers/", customer_values(1), **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (again.headers["ETag"], again.headers["Idempotent-Replayed"]) == ('"1"', "true")
    other = api.post("/api/customers", customer_values(2), **{"Idempotency-Key": "k"})
    assert (other.status_code, other.json()) == (
        409,
        {"error": "This Idempotency-Key was used with a different request"},
    )
    assert Customer.objects.unscoped().count() == 1


def test_a_refused_request_does_not_use_its_idempotency_key_up(api: ApiClient) -> None:
    assert (
        api.post(
            "/api/customers", {**customer_values(1), "nps_score": 99}, **{"Idempotency-Key": "k"}
        ).status_code
        == 400
    )
    assert (
        api.post("/api/customers", customer_values(1), **{"Idempotency-Key": "k"}).status_code
        == 201
    )


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_an_idempotency_key_that_is_none_is_400(key: str, api: ApiClient) -> None:
    assert (
        api.post("/api/customers", customer_values(1), **{"Idempotency-Key": key}).status_code
        == 400
    )


def test_one_key_used_by_two_people_is_two_keys(api: ApiClient, cast: Cast) -> None:
    mona = ApiClient(user=cast.mona)
    assert (
        api.post("/api/customers", customer_values(1), **{"Idempotency-Key": "k"}).status_code
        == 201
    )
    assert (
        mona.post("/api/customers", customer_values(2), **{"Idempotency-Key": "k"}).status_code
        == 201
    )

"""The ledger of consents: append-only, provable at any past moment, followed by what is shown."""

import datetime as dt
import random
from typing import Any

import pytest

from core.audit.models import AuditEntry, OutboxEvent
from core.clock import months_after, now
from core.errors import Conflict, Forbidden, InUse, Invalid, NotFound, Stale
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from customers.choices import CONSENT_FIELDS
from customers.models import Consent, ConsentWording, Customer, WordingVersion
from customers.selectors.consents import consents, current_versions, wording_versions
from customers.services.changes import CustomerChange, apply_changes
from customers.services.consents import Proof
from customers.services.customers import create_customer, update_customer
from customers.services.management import change_consents, record_consent
from customers.services.wordings import create_wording, delete_wording, update_wording
from tests.cast import Cast, customer_values
from tests.client import ApiClient

SMS = {"channel": "sms", "purpose": "notifications", "granted": True, "method": "phone"}


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


def record(actor: Actor, row: Customer, **values: Any) -> Consent:
    return record_consent(actor=actor, customer_id=row.pk, values={**SMS, **values})


def ledger(row: Customer) -> list[Consent]:
    return list(Consent.objects.unscoped().filter(customer=row).order_by("at", "id"))


def wording_of(actor: Actor, **values: Any) -> tuple[ConsentWording, WordingVersion]:
    given = {"name": "Texts", "purpose": "notifications", "text": "May we text you?", **values}
    wording = create_wording(actor=actor, values=given)
    return wording, current_versions(actor=actor).get(wording=wording)


def test_a_grant_and_a_withdrawal_are_rows_and_the_preference_follows(
    actor: Actor, jane: Customer
) -> None:
    granted = record(actor, jane, wording="May we?", proof="https://forms.example/17")
    jane.refresh_from_db()
    assert (jane.notify_sms, jane.version) == (True, 2)
    assert (granted.wording, granted.proof) == ("May we?", "https://forms.example/17")
    assert (granted.method, granted.recorded_by) == ("phone", "alice@acme.test")
    record(actor, jane, granted=False, method="e-mail")
    jane.refresh_from_db()
    assert (jane.notify_sms, [row.granted for row in ledger(jane)]) == (False, [True, False])


def test_saying_the_same_again_is_a_row_and_no_change(actor: Actor, jane: Customer) -> None:
    record(actor, jane)
    events = OutboxEvent.objects.for_actor(actor).count()
    again = record(actor, jane, method="paper form", proof="drawer 3")
    jane.refresh_from_db()
    assert (jane.version, len(ledger(jane))) == (2, 2)
    assert (again.proof, OutboxEvent.objects.for_actor(actor).count()) == ("drawer 3", events)
    entry = AuditEntry.objects.for_actor(actor).get(action="consent.created")
    assert (entry.customer_id, entry.subject_id) == (jane.pk, again.pk)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"channel": "sms", "purpose": "marketing"}, "channel"),
        ({"purpose": "gossip"}, "purpose"),
        ({"granted": None}, "granted"),
        ({"granted": "perhaps"}, "granted"),
        ({"method": ""}, "method"),
        ({"method": "x" * 51}, "method"),
        ({"proof": "x" * 10_001}, "proof"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"granted": False, "expires_at": "2099-01-01T00:00:00Z"}, "expires_at"),
        ({"shown": str(new_id())}, "shown"),
        ({"shown": "nonsense"}, "shown"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)
def test_what_is_no_consent_is_refused(
    actor: Actor, jane: Customer, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        record(actor, jane, **values)
    assert set(refused.value.faults) == {field}
    jane.refresh_from_db()
    assert (jane.version, ledger(jane)) == (1, [])


def test_a_consent_names_the_version_that_was_shown(actor: Actor, jane: Customer) -> None:
    wording, first = wording_of(actor, months=6)
    update_wording(actor=actor, wording_id=wording.pk, values={"text": "May we text you, please?"})
    row = record(actor, jane, shown=first.pk)
    assert (row.shown, row.wording) == (first, "May we text you?")
    assert row.expires_at is not None
    assert abs(row.expires_at - months_after(now(), 6)) < dt.timedelta(minutes=1)
    assert [each.number for each in wording_versions(actor=actor, wording_id=wording.pk)] == [2, 1]
    (second,) = current_versions(actor=actor)
    assert (second.number, second.text) == (2, "May we text you, please?")


def test_a_wording_is_for_its_purpose_and_channel(actor: Actor, jane: Customer) -> None:
    _, offers = wording_of(actor, name="Offers", purpose="marketing", text="Offers?")
    _, mails = wording_of(actor, name="Mails", channel="email", text="Mails?")
    for shown in (offers, mails):
        with pytest.raises(Invalid) as refused:
            record(actor, jane, shown=shown.pk)
        assert set(refused.value.faults) == {"shown"}
    assert ledger(jane) == []
    assert record(actor, jane, channel="all", purpose="marketing", shown=offers.pk).granted


def test_a_wording_beside_another_text_is_refused(actor: Actor, jane: Customer) -> None:
    _, shown = wording_of(actor)
    with pytest.raises(Invalid):
        record(actor, jane, shown=shown.pk, wording="Something else")
    assert ledger(jane) == []


def test_the_form_of_all_channels_names_the_version_too(actor: Actor, jane: Customer) -> None:
    _, shown = wording_of(actor)
    values = {"notify_sms": True, "notify_whatsapp": True, "method": "paper form", "shown": shown}
    change_consents(actor=actor, customer_id=jane.pk, values={**values, "shown": shown.pk})
    assert [row.shown for row in ledger(jane)] == [shown, shown]


def test_wordings_are_named_once_a_language_and_kept_while_they_prove_something(
    actor: Actor, jane: Customer
) -> None:
    wording, shown = wording_of(actor)
    assert wording.language == "en"
    with pytest.raises(Conflict):
        wording_of(actor)
    wording_of(actor, language="es", text="¿Podemos?")
    record(actor, jane, shown=shown.pk)
    with pytest.raises(InUse):
        delete_wording(actor=actor, wording_id=wording.pk)
    with pytest.raises(Stale):
        update_wording(actor=actor, wording_id=wording.pk, values={"text": "x"}, if_version=9)
    assert WordingVersion.objects.unscoped().count() == 2


def test_an_unchanged_wording_is_no_new_version(actor: Actor) -> None:
    wording, shown = wording_of(actor)
    update_wording(actor=actor, wording_id=wording.pk, values={"text": wording.text})
    assert list(wording_versions(actor=actor, wording_id=wording.pk)) == [shown]


def test_staff_record_consents_and_administrators_write_wordings(
    actor: Actor, jane: Customer, cast: Cast
) -> None:
    bob, charlie = actor_of(cast.bob), actor_of(cast.charlie)
    assert record(bob, jane).recorded_by == "bob@acme.test"
    with pytest.raises(Forbidden):
        wording_of(bob)
    wording, shown = wording_of(actor)
    with pytest.raises(NotFound):
        update_wording(actor=charlie, wording_id=wording.pk, values={"text": "x"})
    with pytest.raises(NotFound):
        record(charlie, jane)
    theirs = create_customer(actor=charlie, values=customer_values(2))
    with pytest.raises(Invalid):
        record(charlie, theirs, shown=shown.pk)
    assert ledger(theirs) == []


@pytest.mark.heavy
def test_a_thousand_histories_are_known_at_every_past_moment(actor: Actor) -> None:
    chance, fields = random.Random(19), list(CONSENT_FIELDS)
    people = [
        Customer(
            organization=actor.organization,
            environment=actor.environment,
            first_name=f"P{number}",
            search_text=f" p{number}",
        )
        for number in range(1000)
    ]
    Customer.objects.unscoped().bulk_create(people)
    moments: list[tuple[dt.datetime, dict[Any, dict[str, bool]]]] = []
    for number in range(8):
        chosen = chance.sample(people, 500)
        apply_changes(
            actor=actor,
            changes=[
                CustomerChange(row, {chance.choice(fields): chance.random() < 0.5})
                for row in chosen
            ],
            proof=Proof(method="paper form", wording=f"Round {number}"),
        )
        moments.append(
            (now(), {row.pk: {name: getattr(row, name) for name in fields} for row in people})
        )
    rows = list(Consent.objects.for_actor(actor).order_by("at", "id"))
    assert len(rows) > 1000
    start = {name: Customer._meta.get_field(name).default for name in fields}
    for moment, known in moments:
        assert replayed(rows, moment, people, start) == known
    assert {row.method for row in rows} == {"paper form"}


def replayed(
    rows: list[Consent], moment: dt.datetime, people: list[Customer], start: dict[str, bool]
) -> dict[Any, dict[str, bool]]:
    """What the ledger says of everyone as of a moment, from the defaults on."""
    field_of = {pair: name for name, pair in CONSENT_FIELDS.items()}
    found = {row.pk: dict(start) for row in people}
    for row in rows:
        if row.at <= moment:
            found[row.customer_id][field_of[(row.channel, row.purpose)]] = row.granted
    return found


def test_every_door_writes_the_ledger(actor: Actor, jane: Customer, api: ApiClient) -> None:
    update_customer(actor=actor, customer_id=jane.pk, values={"notify_push": True})
    api.patch(f"/api/customers/{jane.pk}", {"marketing_opt_in": True})
    change_consents(
        actor=actor, customer_id=jane.pk, values={"notify_email": False, "method": "phone"}
    )
    api.post(f"/api/customers/{jane.pk}/consents", SMS)
    assert [(row.channel, row.granted, row.method) for row in ledger(jane)] == [
        ("push", True, "user"),
        ("all", True, "roofing"),
        ("email", False, "phone"),
        ("sms", True, "phone"),
    ]


def test_the_endpoint_lists_the_ledger_newest_first_and_records(
    actor: Actor, jane: Customer, api: ApiClient
) -> None:
    path = f"/api/customers/{jane.pk}/consents"
    _, shown = wording_of(actor)
    first = api.post(path, {**SMS, "wording_version_id": str(shown.pk), "proof": "drawer 3"})
    assert first.status_code == 201
    data = first.json()["data"]
    assert data == {
        "id": data["id"],
        "customer_id": str(jane.pk),
        "channel": "sms",
        "purpose": "notifications",
        "granted": True,
        "method": "phone",
        "wording": "May we text you?",
        "wording_version_id": str(shown.pk),
        "proof": "drawer 3",
        "expires_at": None,
        "recorded_by": "alice@acme.test",
        "date": data["date"],
    }
    again = {"Idempotency-Key": "once"}
    taken_back = {**SMS, "granted": False}
    for _ in range(2):
        assert api.post(path, taken_back, **again).status_code == 201
    listed = api.get(path).json()
    assert [row["granted"] for row in listed["data"]] == [False, True]
    assert listed["data"][1] == data
    assert api.post(path, {"granted": True}).status_code == 400
    assert len(ledger(jane)) == 2
    assert consents(actor=actor, customer_id=jane.pk).count() == 2


def test_the_endpoint_of_wordings_shows_the_present_version_and_those_before(
    api: ApiClient, actor: Actor
) -> None:
    body = {"name": "Offers", "purpose": "marketing", "text": "May we?", "duration_months": 12}
    created = api.post("/api/consent-wordings", body).json()["data"]
    path = f"/api/consent-wordings/{created['id']}"
    changed = api.patch(path, {"text": "May we, please?"}, **{"If-Match": '"1"'}).json()["data"]
    assert (created["version"], changed["version"]) == (1, 2)
    listed = api.get(f"{path}/versions").json()["data"]
    assert [(row["id"], row["text"]) for row in listed] == [
        (changed["version_id"], "May we, please?"),
        (created["version_id"], "May we?"),
    ]
    assert api.delete(path).status_code == 200
    assert ConsentWording.objects.for_actor(actor).count() == 0


def test_how_somebody_stood_at_a_moment_is_told(actor: Actor, jane: Customer, cast: Cast) -> None:
    api = ApiClient(user=cast.bob)
    path = f"/api/customers/{jane.pk}/consents"
    begun = now()
    record(actor, jane)
    record(actor, jane, channel="email", granted=False)
    record(actor, jane, granted=False)
    record(actor, jane, expires_at=(now() + dt.timedelta(days=1)).isoformat())
    rows = ledger(jane)

    def stood(moment: dt.datetime) -> set[tuple[str, bool]]:
        shown = api.get(path, at=moment.isoformat()).json()["data"]
        return {(row["channel"], row["granted"]) for row in shown}

    assert stood(begun - dt.timedelta(days=1)) == set()
    assert stood(rows[0].at) == {("sms", True)}
    assert stood(rows[1].at) == {("sms", True), ("email", False)}
    assert stood(rows[2].at) == {("sms", False), ("email", False)}
    assert stood(rows[3].at) == {("sms", True), ("email", False)}
    assert stood(rows[3].at + dt.timedelta(days=2)) == {("email", False)}, "it has ended"
    assert api.get(path, at="0001-01-01T00:00:00+14:00").json()["data"] == []
    assert len(api.get(path, at="9999-12-31T23:59:59-14:00").json()["data"]) == 1
    assert api.get(path, at="1999-12-31T23:59:59-23:59").json()["data"] == []
    for bad in ("yesterday", "2026", "\x00"):
        assert api.get(path, at=bad).status_code == 400, bad
    assert len(api.get(path, at="").json()["data"]) == 4, "empty is none"
    other = ApiClient(user=cast.charlie).get(path, at=begun.isoformat())
    assert other.status_code == 404

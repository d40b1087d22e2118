"""Custom fields that an organization calls sensitive: encrypted, masked, and shown to few."""

import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings

from core.audit.models import AuditEntry
from core.encryption import MASK
from core.errors import Forbidden, Invalid
from core.exports.services import exports, start_export
from core.identity.services import actor_of
from core.jobs.models import Job, JobState
from core.requests.models import IdempotencyRecord
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.services.organizations import update_organization
from core.webhooks.dispatching import dispatch_events
from core.webhooks.models import WebhookDelivery
from core.webhooks.services import create_endpoint
from crm.management.commands.reencrypt import reencrypt
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from tests.background import run
from tests.cast import Cast, customer_values
from tests.client import ApiClient
from tests.database_role import as_owner

CANARY = "XQ-4711-canary"


def mark(cast: Cast, *names: str) -> None:
    """Alice's organization calls these sensitive; what follows has happened."""
    actor = actor_of(cast.alice)
    update_organization(
        actor=actor, organization=cast.acme, values={"sensitive_fields": list(names)}
    )
    for job in Job.objects.unscoped().filter(kind="sensitive_fields", state=JobState.QUEUED):
        run(job.pk)
    cast.acme.refresh_from_db()
    for user in cast.roles.values():
        user.organization = cast.acme


@pytest.fixture
def passport(cast: Cast) -> Customer:
    """A customer whose passport is sensitive and whose pet isn't."""
    mark(cast, "passport")
    values = customer_values(1, custom_fields={"pet": "dog", "passport": CANARY, "size": 12})
    return create_customer(actor=actor_of(cast.alice), values=values)


def stored() -> str:
    """Everything that the database holds, but for keys and figures, as one text."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def shown_by(client: ApiClient, key: str, customer: Customer) -> dict[str, Any]:
    """Dialect → the custom fields that it shows of a customer."""
    merchants = ApiClient(key=key)
    found = client.post("/api/customers/retrieve", {"customer_id": f"cust_{customer.pk.hex}"})
    desk = client.get(f"/api/v2/customers/{customer.pk}").json()
    return {
        "roofing": client.get(f"/api/customers/{customer.pk}").json()["data"]["custom_fields"],
        "roofing's list": client.get("/api/customers").json()["data"][0]["custom_fields"],
        "booking": found.json()["custom_fields"],
        "messaging": (desk.get("customer") or desk.get("data"))["customFields"],
        "merchants": merchants.get(f"/customers/{customer.pk}").json()["metadata"],
    }


MASKED = {"pet": "dog", "passport": MASK, "size": 12}
WHOLE = {"pet": "dog", "passport": CANARY, "size": 12}


def test_every_dialect_masks_for_those_who_may_not_see_and_for_keys(
    cast: Cast, passport: Customer
) -> None:
    for user in (cast.bob, cast.mona):
        shown = shown_by(ApiClient(user=user), cast.live_key, passport)
        assert shown == dict.fromkeys(shown, MASKED)


def test_an_administrator_sees_the_values_in_every_dialect(cast: Cast, passport: Customer) -> None:
    shown = shown_by(ApiClient(user=cast.alice), cast.live_key, passport)
    assert shown.pop("merchants") == MASKED, "a key is nobody's eyes"
    assert shown == dict.fromkeys(shown, WHOLE)


def test_what_is_stored_is_encrypted(cast: Cast, passport: Customer) -> None:
    assert CANARY not in stored()
    passport.refresh_from_db()
    assert passport.custom_fields == MASKED
    assert passport.sensitive_values == {"passport": CANARY}


@pytest.mark.parametrize("door", ["roofing", "messaging", "merchants"])
def test_a_mask_that_is_sent_back_changes_nothing(
    cast: Cast, passport: Customer, door: str
) -> None:
    mona = ApiClient(user=cast.mona)
    before = Customer.objects.unscoped().get(pk=passport.pk)
    send = {
        "roofing": lambda body: mona.put(f"/api/customers/{passport.pk}", {"custom_fields": body}),
        "messaging": lambda body: mona.put(
            f"/api/v2/customers/{passport.pk}", {"customFields": body}
        ),
        "merchants": lambda body: ApiClient(key=cast.live_key).patch(
            f"/customers/{passport.pk}", {"metadata": body}
        ),
    }[door]
    assert send(MASKED).status_code == 200
    after = Customer.objects.unscoped().get(pk=passport.pk)
    assert (after.version, after.sensitive_values) == (before.version, {"passport": CANARY})
    assert send({**MASKED, "pet": "cat"}).status_code == 200
    after.refresh_from_db()
    assert after.custom_fields == {**MASKED, "pet": "cat"}
    assert after.sensitive_values == {"passport": CANARY}
    assert send({"pet": "cat", "passport": "other"}).status_code == 200
    after.refresh_from_db()
    assert after.sensitive_values == {"passport": "other"}
    assert send({"pet": "cat"}).status_code == 200
    after.refresh_from_db()
    assert (after.custom_fields, after.sensitive_values) == ({"pet": "cat"}, {})


def test_a_whole_customer_is_read_edited_and_written_back_by_who_sees_it(
    cast: Cast, passport: Customer
) -> None:
    alice = ApiClient(user=cast.alice)
    path = f"/api/customers/{passport.pk}"
    body = alice.get(path).json()["data"]
    assert alice.put(path, {**body, "city": "Troy"}).json()["data"]["custom_fields"] == WHOLE
    entry = AuditEntry.objects.for_actor(actor_of(cast.alice)).latest("pk")
    assert set(entry.changes) == {"city"}


def test_a_mask_that_hides_nothing_is_refused(cast: Cast, passport: Customer) -> None:
    other = create_customer(actor=actor_of(cast.alice), values=customer_values(2))
    with pytest.raises(Invalid) as refused:
        update_customer(
            actor=actor_of(cast.mona),
            customer_id=other.pk,
            values={"custom_fields": {"passport": MASK}},
        )
    assert refused.value.faults["custom_fields"][0].code == "masked"
    answer = ApiClient(user=cast.mona).put(
        f"/api/v2/customers/{other.pk}", {"customFields": {"passport": MASK}}
    )
    assert answer.status_code == 400
    assert "passport" in str(answer.json())


def test_hidden_and_open_values_are_together_no_larger_than_custom_fields_may_be(
    cast: Cast, passport: Customer
) -> None:
    actor = actor_of(cast.mona)
    update_customer(
        actor=actor, customer_id=passport.pk, values={"custom_fields": {"passport": "x" * 9000}}
    )
    with pytest.raises(Invalid):
        update_customer(
            actor=actor,
            customer_id=passport.pk,
            values={"custom_fields": {"passport": MASK, "more": "y" * 9000}},
        )


def test_the_audit_says_which_was_changed_and_no_value(cast: Cast, passport: Customer) -> None:
    update_customer(
        actor=actor_of(cast.mona),
        customer_id=passport.pk,
        values={"custom_fields": {**MASKED, "passport": f"{CANARY}-2"}},
    )
    entry = AuditEntry.objects.for_actor(actor_of(cast.alice)).latest("pk")
    assert entry.changes == {"sensitive_values": [None, ["passport"]]}
    assert CANARY not in stored()
    client = Client()
    client.force_login(cast.alice)
    page = client.get("/app/settings/audit/").content.decode()
    assert "passport" in page
    assert CANARY not in page


def test_search_finds_nobody_by_it(cast: Cast, passport: Customer) -> None:
    answer = ApiClient(user=cast.alice).get("/api/customers", search=CANARY)
    assert answer.json()["pagination"]["total"] == 0


def test_webhooks_are_told_that_it_changed_and_never_what_it_is(
    cast: Cast, passport: Customer
) -> None:
    actor = actor_of(cast.alice)
    endpoint = {"url": "https://93.184.216.34/", "payload": "full"}
    create_endpoint(actor=actor, values=endpoint)
    update_customer(
        actor=actor,
        customer_id=passport.pk,
        values={"custom_fields": {**WHOLE, "passport": f"{CANARY}-2"}},
    )
    dispatch_events()
    body = WebhookDelivery.objects.for_actor(actor).latest("pk").body
    assert '"changed":["custom_fields"]' in body
    assert MASK in body
    assert CANARY not in body


def test_exports_have_it_only_where_it_is_asked_for_by_who_may(
    cast: Cast, passport: Customer
) -> None:
    alice, mona = actor_of(cast.alice), actor_of(cast.mona)

    def ask(actor: Actor, *columns: str, form: str = "csv") -> Job:
        return start_export(
            actor=actor,
            resource="customers",
            form=form,
            columns={name: name for name in columns},
            conditions=CustomerConditions(),
        )

    with pytest.raises(Forbidden):
        ask(mona, "sensitive_custom_fields")
    for form in ("csv", "jsonl", "xlsx"):
        job = ask(alice, "first_name", "custom_fields", "sensitive_custom_fields", form=form)
        run(job.pk)
        assert not exports(actor=mona).filter(pk=job.pk).exists(), "nor is the file for her"
        path = f"/api/exports/{job.pk}/download"
        file = b"".join(ApiClient(user=cast.alice).get(path).streaming_content)
        if form == "xlsx":
            file = zipfile.ZipFile(BytesIO(file)).read("xl/worksheets/sheet1.xml")
        assert CANARY.encode() in file, form
        assert ApiClient(user=cast.mona).get(path).status_code == 404
    plain = ask(alice, "custom_fields")
    run(plain.pk)
    file = ApiClient(user=cast.mona).get(f"/api/exports/{plain.pk}/download")
    assert CANARY.encode() not in b"".join(file.streaming_content)
    answer = ApiClient(user=cast.mona).get(
        "/api/customers/export", fields="sensitive_custom_fields"
    )
    assert answer.status_code == 403
    answer = ApiClient(user=cast.alice).get("/api/customers/export", fields="custom_fields")
    assert CANARY.encode() not in b"".join(answer.streaming_content)


def test_the_desks_export_masks(cast: Cast, passport: Customer) -> None:
    for user in (cast.mona, cast.alice):
        answer = ApiClient(user=user).get("/api/v2/customers/export", format="json")
        text = b"".join(answer.streaming_content).decode()
        assert MASK in text
        assert CANARY not in text


def test_a_page_of_all_columns_leaves_it_out_unless_it_is_ticked(
    cast: Cast, passport: Customer
) -> None:
    client = Client()
    client.force_login(cast.alice)
    assert "sensitive_custom_fields" in client.get("/app/exports/new/").content.decode()
    for columns, there in ((["first_name"], False), (["sensitive_custom_fields"], True)):
        client.post("/app/exports/new/", {"format": "jsonl", "every": "on", "columns": columns})
        job = exports(actor=actor_of(cast.alice)).latest("pk")
        assert ("sensitive_custom_fields" in dict(job.parameters["columns"])) == there
    client.force_login(cast.mona)
    assert "sensitive_custom_fields" not in client.get("/app/exports/new/").content.decode()


def test_the_customers_page_shows_it_to_few_and_its_form_to_nobody(
    cast: Cast, passport: Customer
) -> None:
    client = Client()
    for user, seen in ((cast.bob, False), (cast.mona, False), (cast.alice, True)):
        client.force_login(user)
        page = client.get(f"/app/customers/{passport.pk}/").content.decode()
        assert "passport" in page
        assert (CANARY in page) == seen
        assert CANARY not in client.get(f"/app/customers/{passport.pk}/edit/").content.decode()


def test_the_persons_own_archive_has_it(cast: Cast, passport: Customer) -> None:
    answer = ApiClient(user=cast.alice).get(f"/api/customers/{passport.pk}/archive")
    archive = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))
    for name in ("archive.json", "customer.csv", "index.html"):
        assert CANARY in archive.read(name).decode(), name


def test_an_answer_that_is_kept_to_be_given_again_is_masked(cast: Cast, passport: Customer) -> None:
    answer = ApiClient(user=cast.alice).post(
        "/api/customers",
        customer_values(2, custom_fields={"passport": CANARY}),
        Idempotency_Key="once",
    )
    assert answer.json()["data"]["custom_fields"] == {"passport": MASK}
    assert CANARY not in IdempotencyRecord.objects.unscoped().get().body


def test_names_that_become_sensitive_and_cease_to_be_have_what_is_stored_follow(
    cast: Cast,
) -> None:
    actor = actor_of(cast.alice)
    values = [customer_values(n, custom_fields={"a": f"{CANARY}{n}", "b": n}) for n in range(4)]
    rows = [create_customer(actor=actor, values=each) for each in values]
    with as_owner():
        AuditEntry.objects.unscoped().delete()  # what was recorded before stays
    mark(cast, "a", "missing")
    assert CANARY not in stored()
    for row in rows:
        before = (row.version, row.updated_at)
        row.refresh_from_db()
        assert (row.version, row.updated_at) == before
        assert row.custom_fields["a"] == MASK
    mark(cast, "b")
    for number, row in enumerate(rows):
        row.refresh_from_db()
        assert row.custom_fields == {"a": f"{CANARY}{number}", "b": MASK}
        assert row.sensitive_values == {"b": number}
    mark(cast)
    rows[0].refresh_from_db()
    assert (rows[0].custom_fields, rows[0].sensitive_values) == ({"a": f"{CANARY}0", "b": 0}, {})


def test_keys_rotate(cast: Cast, passport: Customer, settings: Any) -> None:
    with override_settings(ENCRYPTION_KEYS=["new", *settings.ENCRYPTION_KEYS]):
        assert reencrypt(Customer, "sensitive_values") == 1
    with override_settings(ENCRYPTION_KEYS=["new"]):
        passport.refresh_from_db()
        assert passport.sensitive_values == {"passport": CANARY}


@pytest.mark.parametrize(
    "names", ["passport", ["a", "a"], [""], [" "], ["x" * 151], [1], {"a": 1}, ["a"] * 51]
)
def test_names_are_a_short_list_of_different_ones(cast: Cast, names: object) -> None:
    answer = ApiClient(user=cast.alice).patch(
        "/api/organizations/current", {"sensitive_fields": names}
    )
    assert answer.status_code == 400
    assert "sensitive_fields" in str(answer.json())
    assert Organization.objects.get(pk=cast.acme.pk).sensitive_fields == []


def test_the_settings_page_takes_the_names(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.alice)
    page = client.get("/app/settings/organization/")
    form = page.context["form"]
    data = {bound.html_name: bound.value() for bound in form} | {
        "reminder_hours": "24",
        "sensitive_fields": "passport, allergies",
    }
    client.post("/app/settings/organization/", {k: v for k, v in data.items() if v is not None})
    cast.acme.refresh_from_db()
    assert cast.acme.sensitive_fields == ["passport", "allergies"]

"""PostgreSQL is a second lock: what the application's role can't do, whatever the code does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import checks
from django.db import OperationalError, ProgrammingError, connection, connections, transaction
from django.test import Client

from core.audit.models import AuditEntry, AuditSeal, SealedEntry
from core.audit.sealing import seal
from core.audit.verifying import verify
from core.errors import Unavailable
from core.tenancy.actor import Actor
from core.timeouts import as_long_as_it_takes, lift_timeouts
from crm.checks import check_database_role
from customers.models import Consent, Customer, LoyaltyEntry, WordingVersion
from customers.services.customers import create_customer
from customers.services.erasure import erase_customer
from customers.services.loyalty import adjust_loyalty
from customers.services.management import record_consent
from customers.services.wordings import create_wording
from tests.api.dialects import WAYS, Ways
from tests.cast import Cast, customer_values
from tests.conftest import on_postgresql
from tests.database_role import ROLE, as_owner

pytestmark = [on_postgresql, pytest.mark.django_db]

CONSENT = {"channel": "all", "purpose": "marketing", "granted": True, "method": "form"}


@pytest.fixture
def jane(actor: Actor) -> Customer:
    """With a row in every table that is written once."""
    row = create_customer(actor=actor, values=customer_values(1))
    wording = create_wording(
        actor=actor, values={"name": "News", "purpose": "marketing", "text": "May we write?"}
    )
    shown = WordingVersion.objects.for_actor(actor).get(wording=wording)
    record_consent(actor=actor, customer_id=row.pk, values={**CONSENT, "shown": shown.pk})
    adjust_loyalty(actor=actor, customer_id=row.pk, values={"points": 5, "reason": "thanks"})
    seal(actor=actor)
    return row


def refused(statement: str) -> bool:
    """Whether the database refuses the role the statement, for the want of a privilege."""
    with (
        pytest.raises(ProgrammingError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    return getattr(caught.value.__cause__, "sqlstate", "") == "42501"


WRITTEN_ONCE = [AuditEntry, AuditSeal, SealedEntry, Consent, LoyaltyEntry, WordingVersion]


def test_the_settings_name_what_is_written_once() -> None:
    assert set(settings.APPEND_ONLY) == {model._meta.label for model in WRITTEN_ONCE}


@pytest.mark.parametrize("model", WRITTEN_ONCE, ids=lambda model: model.__name__)
def test_what_is_written_once_is_neither_changed_nor_emptied(model: Any, jane: Customer) -> None:
    table = model._meta.db_table
    rows = model.objects.unscoped()
    before = list(rows.order_by("pk").values())
    assert before
    for field in model._meta.concrete_fields:
        assert refused(f"UPDATE {table} SET {field.column} = {field.column}"), field.name
    assert refused(f"SELECT 1 FROM {table} FOR UPDATE")
    if model is not WordingVersion:  # one that nobody was shown goes with its wording
        assert refused(f"DELETE FROM {table}")
    assert list(rows.order_by("pk").values()) == before


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE customers_consent",
        "CREATE TABLE mine (id int)",
        "CREATE RULE mine AS ON DELETE TO customers_tag DO INSTEAD NOTHING",
        "ALTER FUNCTION conceal_entries(uuid, text, uuid) SECURITY INVOKER",
        "DELETE FROM django_migrations",
        "COPY customers_tag TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
    ],
)
def test_the_role_rules_nothing(statement: str) -> None:
    assert refused(statement)


def test_erasure_takes_out_what_the_role_cannot(jane: Customer, actor: Actor) -> None:
    john = create_customer(actor=actor, values=customer_values(2))
    record_consent(actor=actor, customer_id=john.pk, values=CONSENT)
    erase_customer(actor=actor, customer_id=jane.pk, ground="asked")
    assert not Consent.objects.for_actor(actor).filter(customer_id=jane.pk).exists()
    assert not LoyaltyEntry.objects.for_actor(actor).exists()
    assert Consent.objects.for_actor(actor).get().customer_id == john.pk
    about = AuditEntry.objects.for_actor(actor).filter(customer_id=jane.pk)
    assert about.exists()
    assert not any(value for row in about for value in row.changes.values())
    assert verify(actor=actor).told == []


def test_the_owners_functions_reach_one_customer_of_the_tenant_named(
    jane: Customer, actor: Actor, cast: Cast
) -> None:
    elsewhere = (
        (cast.other.pk, "live", jane.pk),
        (cast.acme.pk, "test", jane.pk),
        (cast.acme.pk, "live", uuid4()),
    )
    with connection.cursor() as cursor:
        for place in elsewhere:
            cursor.execute("SELECT conceal_entries(%s, %s, %s)", place)
            assert cursor.fetchone() == (0,)
            for table in ("customers_consent", "customers_loyaltyentry"):
                cursor.execute("SELECT erase_rows(%s, %s, %s, %s)", [table, *place])
                assert cursor.fetchone() == (0,)
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("SELECT erase_rows(%s, %s, %s, %s)", ["audit_auditentry", *place])
    assert Consent.objects.for_actor(actor).count() == LoyaltyEntry.objects.unscoped().count() == 1
    assert verify(actor=actor).told == []


def test_values_taken_out_by_the_functions_alone_are_found_out(
    jane: Customer, actor: Actor
) -> None:
    """Who has the application's password can conceal, but not as if a customer had been erased."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conceal_entries(%s, 'live', %s)", [actor.organization.pk, jane.pk])
        count = cursor.fetchone()[0]
    assert count > 0
    assert verify(actor=actor).told == [
        f"Values of {count} sealed entries are gone without an erasure."
    ]


def test_every_table_can_be_read(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = current_schema()::regnamespace "
            "AND NOT has_table_privilege(%s, oid, 'SELECT')",
            [ROLE],
        )
        assert cursor.fetchall() == []


def test_the_deployment_check_warns_of_a_role_that_rules(db: None) -> None:
    assert check_database_role() == []
    with as_owner():
        (warning,) = check_database_role()
    assert (warning.id, warning.level) == ("crm.W002", checks.WARNING)


# How long the database may take


@pytest.fixture
def waiting(cast: Cast, actor: Actor, settings: Any) -> Iterator[Customer]:
    """A customer whose row somebody else has locked, and no patience to wait for it."""
    row = create_customer(actor=actor, values=customer_values(1))
    other = connections["default"].copy()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM customers_customer WHERE id = %s FOR UPDATE", [row.pk])
        yield row
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ways", [ways for ways in WAYS if ways.update], ids=lambda ways: ways.name)
def test_who_waits_too_long_is_told_so_in_the_dialects_shape(
    ways: Ways, waiting: Customer, cast: Cast
) -> None:
    assert ways.update
    client = ways.client(cast)
    client.client.raise_request_exception = False
    response = ways.update(waiting.pk).by(client)
    assert response.status_code == 503
    assert ways.words(503, response.json()).strip() == Unavailable.message
    assert response.headers["Retry-After"] == "10"
    waiting.refresh_from_db()
    assert waiting.version == 1


@pytest.mark.django_db(transaction=True)
def test_a_page_that_took_too_long_says_so(waiting: Customer, cast: Cast) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.alice)
    page = browser.post(f"/app/customers/{waiting.pk}/delete/")
    assert page.status_code == 503
    assert "took too long" in page.text
    waiting.refresh_from_db()
    assert waiting.deleted_at is None


@pytest.mark.django_db(transaction=True)
def test_a_slow_statement_is_ended_and_a_streamed_export_is_not() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '50ms'")
        try:
            with pytest.raises(OperationalError):
                cursor.execute("SELECT pg_sleep(1)")
            with as_long_as_it_takes():
                cursor.execute("SELECT pg_sleep(0.1)")
            with pytest.raises(OperationalError):
                cursor.execute("SELECT pg_sleep(1)")
        finally:
            cursor.execute("RESET statement_timeout")


@pytest.mark.django_db(transaction=True)
def test_background_threads_have_no_limit_and_servers_threads_have() -> None:
    """Each thread has a connection of its own."""
    limited = {**connection.settings_dict["OPTIONS"], "options": "-c statement_timeout=50ms"}

    def shown(*, lifted: bool) -> str:
        connection.settings_dict = {**connection.settings_dict, "OPTIONS": limited}
        if lifted:
            lift_timeouts()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SHOW statement_timeout")
                return str(cursor.fetchone()[0])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(shown, lifted=False).result() == "50ms"
        assert threads.submit(shown, lifted=True).result() == "0"

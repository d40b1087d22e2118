"""
Erasure leaves nothing; a person's archive is complete and only theirs; a consent is provable at
any past moment; logs hold nobody's data.
"""

import datetime as dt
import io
import itertools
import logging
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import DataError, IntegrityError, ProgrammingError, connection
from django.test import Client

from core.audit.sealing import seal
from core.audit.verifying import verify
from core.identity.services import actor_of
from core.tenancy.services.organizations import update_organization
from core.webhooks.dispatching import dispatch_events
from core.webhooks.services import create_endpoint
from crm.logs import configure
from customers.choices import CONSENT_FIELDS
from customers.models import Consent, Customer
from customers.selectors.consents import consents_at
from customers.services.customers import create_customer, update_customer
from customers.services.management import record_consent
from customers.services.wordings import create_wording
from tests.api.requests import body_of, path_of
from tests.api.world import make_world, operations
from tests.background import run
from tests.cast import Cast, customer_values
from tests.client import ApiClient
from tests.customers.test_archive import archive, held, tables
from tests.customers.test_erasure import SPELLINGS, erase, with_everything
from tests.prove.conftest import record_proof, size_of

HISTORIES = size_of("HISTORIES", quick=200, full=1000)
PEOPLE = size_of("PEOPLE", quick=10, full=20)


def everything_stored() -> str:
    """Every table, file and cached value as one text in small letters."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [repr(row) for row in cursor.fetchall()]
    for name in ("exports", "imports"):
        folder = Path(django_settings.STORAGES[name]["OPTIONS"]["location"])
        found += [file.read_text(errors="replace") for file in folder.rglob("*") if file.is_file()]
    found.append(repr(getattr(cache, "_cache", "")))
    return "\n".join(found).lower()


@pytest.fixture
def log() -> Iterator[Any]:
    """What is logged, as it is written in production."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    configure({"level": "INFO", "human": False})
    kept = io.StringIO()
    (written,) = root.handlers
    handler = logging.StreamHandler(kept)
    handler.setFormatter(written.formatter)
    root.handlers = [handler]
    yield lambda: kept.getvalue().lower()
    root.handlers = before
    root.setLevel(level)


def hits(text: str, words: Any) -> list[str]:
    return [word for word in words if word.lower() in text]


@pytest.mark.django_db(transaction=True)
def test_erasure_leaves_nothing_in_database_files_cache_and_logs(cast: Cast, log: Any) -> None:
    actor = actor_of(cast.alice)
    update_organization(
        actor=actor, organization=cast.acme, values={"sensitive_fields": ["nickname"]}
    )
    actor = actor_of(type(cast.alice).objects.unscoped().get(pk=cast.alice.pk))
    create_endpoint(actor=actor, values={"url": "https://93.184.216.34/", "payload": "full"})
    row = with_everything(actor, cast)
    notes = "Zebedee: (248) 555-7319, at home 313-555-8642"
    update_customer(actor=actor, customer_id=row.pk, values={"notes": notes})
    wording = create_wording(
        actor=actor, values={"name": "SMS", "purpose": "notifications", "text": "May we?"}
    )
    for granted, proof in ((True, "form of Zebedee, 17 Hidden Lane"), (False, "248-555-7319 rang")):
        record_consent(
            actor=actor,
            customer_id=row.pk,
            values={
                "channel": "sms",
                "purpose": "notifications",
                "granted": granted,
                "method": "phone",
                "wording": "Zebedee, may we?",
                "proof": proof,
            },
        )
    alice = ApiClient(user=cast.alice)
    alice.get("/api/customers", search="Quixfeather")
    alice.post("/api/customers", {"first_name": "Zebedee"}, Idempotency_Key="zebedee")
    exported = alice.post("/api/exports", {"resource": "customers"}).json()["data"]["id"]
    run(exported)
    dispatch_events()
    seal(actor=actor)
    planted = hits(everything_stored(), SPELLINGS)
    assert len(planted) == len(SPELLINGS), set(SPELLINGS) - set(planted)
    appointments = alice.get("/api/appointments", customer_id=str(row.pk)).json()["data"]
    for each in appointments:
        alice.delete(f"/api/appointments/{each['id']}")
    erase(actor, row)
    kept = alice.get("/api/customers", search="Zebedee").json()["data"]
    for each in kept:  # the namesake whom the idempotent request made goes, too
        erase(actor, Customer.objects.unscoped().get(pk=each["id"]))
    assert hits(everything_stored(), SPELLINGS) == []
    assert hits(log(), SPELLINGS) == []
    seal(actor=actor)
    assert verify(actor=actor).is_sound
    assert wording.pk
    record_proof(
        17,
        f"{len(SPELLINGS)} spellings planted in rows of every kind, consents' proofs, webhooks, "
        "exports and kept answers: 0 hits in database, files, cache and logs; the chain verifies",
    )


@pytest.mark.django_db(transaction=True)
def test_an_archive_is_complete_and_only_theirs(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    people = {
        f"qx{number:03}": held(actor, cast, f"qx{number:03}", number) for number in range(PEOPLE)
    }
    rows = 0
    for mark, row in people.items():
        files = archive(actor, row)
        whole = orjson.loads(files["archive.json"])
        person = [row, *Customer.objects.unscoped().filter(merged_into=row)]
        for table in tables()[1:]:
            stored = {str(each.pk) for each in table.rows(person)}
            told = whole[table.name]
            assert {each["id"] for each in told} == stored, table.name
            assert len(told) == len(stored)
            assert stored, table.name
            rows += len(stored)
        for name, text in files.items():
            assert mark in text or name.endswith(".csv"), name
            assert [other for other in people if other != mark and other in text] == [], name
    record_proof(
        18, f"{PEOPLE} archives, {rows:,} rows: all of the database's, 0 of anybody else's"
    )


@pytest.mark.django_db(transaction=True)
def test_how_anybody_stood_at_any_moment(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    chance = random.Random(19)
    rows = [
        create_customer(actor=actor, values={"first_name": "H", "email": f"h{n}@example.com"})
        for n in range(HISTORIES)
    ]
    pairs = list(CONSENT_FIELDS.values())
    said: dict[Any, list[tuple[dt.datetime, tuple[str, str], bool]]] = {}
    for row in rows:
        for _ in range(chance.randint(2, 7)):
            channel, purpose = chance.choice(pairs)
            granted = chance.random() < 0.5
            values = {"channel": channel, "purpose": purpose, "granted": granted, "method": "web"}
            if chance.random() < 0.2:  # by a form instead
                name = next(n for n, pair in CONSENT_FIELDS.items() if pair == (channel, purpose))
                update_customer(actor=actor, customer_id=row.pk, values={name: granted})
            else:
                record_consent(actor=actor, customer_id=row.pk, values=values)
        ledger = Consent.objects.unscoped().filter(customer=row).order_by("at", "id")
        said[row.pk] = [(each.at, (each.channel, each.purpose), each.granted) for each in ledger]
    asked = 0
    for row in rows:
        history = said[row.pk]
        moments = [at for at, _pair, _granted in history]
        for moment in (moments[0] - dt.timedelta(seconds=1), *moments):
            then = {pair: granted for at, pair, granted in history if at <= moment}
            told = consents_at(actor=actor, customer_id=row.pk, moment=moment)
            assert {(each.channel, each.purpose): each.granted for each in told} == then
            asked += 1
        row.refresh_from_db()
        now_said = {pair: granted for _at, pair, granted in history}
        for name, pair in CONSENT_FIELDS.items():
            if pair in now_said:
                assert getattr(row, name) == now_said[pair]
    record_proof(19, f"{HISTORIES:,} histories, {asked:,} moments asked: each as it was replayed")


def _failing(mark: str) -> Any:
    """
    The database refuses the first change of a customer's rows, or the reading of them, and tells
    `mark` as PostgreSQL and Python tell values in their errors.
    """
    kinds = itertools.cycle(
        [
            IntegrityError(
                'duplicate key value violates unique constraint "x"\n'
                f"DETAIL:  Key (email)=({mark}@customer.test) already exists.\n"
            ),
            DataError(f'invalid input syntax for type date: "{mark}"'),
            DataError(f"value out of range\nCONTEXT:  unnamed portal parameter $1 = '{mark}'"),
            ProgrammingError(f"syntax error\nLINE 1: SELECT '{mark}'\n               ^"),
            KeyError(mark),
            ValueError(f"could not convert string to float: '{mark}'"),
        ]
    )

    def refuse(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if _OF_CUSTOMERS.search(sql):
            raise next(kinds)
        return execute(sql, parameters, many, context)

    return connection.execute_wrapper(refuse)


_OF_CUSTOMERS = re.compile(r"\b(customers|interactions|appointments)_\w+")


@pytest.mark.django_db(transaction=True)
def test_no_log_holds_a_persons_data(cast: Cast, log: Any, monkeypatch: Any) -> None:
    """
    Every operation, with its own body, with a broken one, and where the database fails beneath it
    and tells values; and one that fails inside.
    """
    actor = actor_of(cast.alice)
    mark = "qxcanary"
    ids = make_world(actor, mark=mark, user=cast.bob, number=1)
    clients = [ApiClient(user=cast.sue), ApiClient(key=cast.live_key)]
    for client in clients:
        client.client.raise_request_exception = False
    asked = failed = 0
    for operation in operations(""):
        if operation.name.endswith(("/auth/logout", "/cancel")):
            continue
        try:
            path, body = path_of(operation, ids), body_of(operation, ids)
        except (KeyError, AssertionError):
            continue
        for client in clients:
            for sent in (body, {"first_name": f"{mark} \x00", "email": [f"{mark}@x.test"]}):
                client.send(operation.method, path, sent, {"search": mark})
                asked += 1
            with _failing(mark):
                answer = client.send(operation.method, path, body, {"search": mark})
            asked += 1
            if answer.status_code >= 500:
                failed += 1
                assert mark not in _text_of(answer), operation.name
    broken = f"broken\nDETAIL: Key (email)=({mark}@customer.test) already exists."

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(broken)

    monkeypatch.setattr("customers.services.customers.add_customer", fail)
    answer = clients[0].post("/api/customers", customer_values(7, first_name=f"{mark}First"))
    assert answer.status_code == 500
    pages = Client(raise_request_exception=False)
    pages.force_login(cast.alice)
    pages.get("/app/customers/", {"search": f"{mark}First"})
    written = log()
    errors = written.count("unexpected error")
    assert errors >= failed > 50, (errors, failed)
    lines = [line for line in written.splitlines() if mark in line]
    assert lines == [], lines[:5]
    logging.getLogger("customers").warning("planted: %s", mark)
    planted = [line for line in log().splitlines() if mark in line]
    assert len(planted) == 1, "a canary would be found"
    record_proof(
        20,
        f"0 canaries in {len(written.splitlines()):,} lines (level INFO, as production logs), "
        f"{errors:,} of them errors with tracebacks, of {asked:,} requests, under {failed:,} of "
        "which the database failed and told values; one planted is found",
    )


def _text_of(answer: Any) -> str:
    return answer.getvalue().decode(errors="replace").lower()

"""Imports from uploaded files: checked, confirmed, resumed after a kill, taken back."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from import_export.exceptions import ImportError as RowsRefused
from tablib import Dataset

from core.audit.models import AuditEntry
from core.changes.errors import StillChanging
from core.changes.services import Undone
from core.clock import now
from core.errors import Forbidden, Gone, Invalid, NotFound
from core.identity.services import actor_of
from core.ids import new_id
from core.imports.errors import AlreadyRun, NotChecked, NotRun
from core.imports.files import storage
from core.imports.models import FileImport, FileImportRow
from core.imports.options import DecimalMark, OnMatch, Options, RowKey
from core.imports.reports import sentences
from core.imports.services import (
    cancel_import,
    change_import,
    check_import,
    failed_rows,
    get_import,
    import_rows,
    run_import,
    saved_mapping,
    undo_import,
)
from core.imports.tasks import clean_imports
from core.jobs import running
from core.jobs.models import Job, JobState
from core.jobs.running import sweep
from core.tenancy.actor import Actor
from customers.imports import customers as customer_imports
from customers.models import Customer, Transaction
from customers.resources import CustomerResource
from customers.services.customers import create_customer
from customers.services.erasure import erase_customer
from tests.background import run
from tests.cast import Cast, customer_values

ROWS = b"first_name\n" + b"".join(b"N%d\n" % number for number in range(600))
"""Too many to wait for, and nobody of them could be found again."""


@pytest.fixture(autouse=True)
def _no_files() -> None:
    """What other tests left lies elsewhere."""
    for name in storage().listdir("")[1] if storage().exists("") else []:
        storage().delete(name)


@pytest.fixture(autouse=True)
def _no_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come from a thread with a connection of its own, which doesn't see the test's rows."""
    monkeypatch.setattr(running, "BEAT", 3600)


class Killed(BaseException):
    """As if the process were gone: nothing is tidied up."""


def checked(actor: Actor, data: bytes = ROWS, **more: Any) -> FileImport:
    row = check_import(actor=actor, resource="customers", data=data, **more)
    return worked_off(actor, row)


def worked_off(actor: Actor, row: FileImport) -> Any:
    """The import when its job, if it is a worker's, is done."""
    job = row.run_job or row.check_job
    assert job is not None
    if job.state == JobState.QUEUED:
        run(job.pk)
    return get_import(actor=actor, import_id=row.pk)


def people() -> list[str]:
    living = Customer.objects.unscoped().filter(deleted_at=None)
    return sorted(living.values_list("first_name", flat=True))


def files() -> list[str]:
    return storage().listdir("")[1] if storage().exists("") else []


def test_a_small_file_is_checked_and_imported_at_once(actor: Actor, sent: list[Any]) -> None:
    check = checked(actor, b"first_name,email\nAnn,\nBen,nonsense\n", filename="two.csv")
    assert (check.state, check.filename, check.total) == ("checked", "two.csv", 2)  # type: ignore[attr-defined]
    assert (check.rows, check.created, check.failed) == (2, 1, 1)
    assert people() == []
    row = run_import(actor=actor, import_id=check.pk)
    assert (row.state, row.created, row.failed) == ("succeeded", 1, 1)  # type: ignore[attr-defined]
    (ann, ben) = import_rows(actor=actor, import_id=row.pk).order_by("line")
    assert (ann.line, ann.outcome, ann.row_id) == (
        2,
        "created",
        Customer.objects.for_actor(actor).get().pk,
    )
    assert (ben.line, ben.outcome, sentences(ben.faults), ben.cells) == (
        3,
        "failed",
        {"email": ["Enter a valid e-mail address."]},
        {"first_name": "Ben", "email": "nonsense"},
    )
    assert people() == ["Ann"]
    assert sent == []


def test_columns_are_proposed_with_samples_and_can_be_chosen(actor: Actor) -> None:
    data = b"Given,Who knows,E-mail\nAnn,Troy,ann@x.com\n,Troy,\nBen,Novi,\nCy,,\nDi,,\n"
    row = checked(actor, data, mapping={"Who knows": "city", "Given": "first_name"})
    assert row.columns == [
        {
            "header": "Given",
            "field": "first_name",
            "proposed": None,
            "samples": ["Ann", "Ben", "Cy"],
        },
        {"header": "Who knows", "field": "city", "proposed": None, "samples": ["Troy", "Novi"]},
        {"header": "E-mail", "field": "email", "proposed": "email", "samples": ["ann@x.com"]},
    ]
    run_import(actor=actor, import_id=row.pk)
    assert Customer.objects.for_actor(actor).get(first_name="Ann").city == "Troy"


def test_a_wrong_mapping_is_refused_before_anything_is_stored(actor: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        checked(actor, b"Given\nAnn\n", mapping={"Nope": "city", "Given": "shoe size"})
    first, second = (fault.message for fault in refused.value.faults["mapping"])
    assert first == "The file has no column “Nope”."
    assert second.startswith("“Given”: “shoe size” is no field; fields are: ")
    with pytest.raises(Invalid, match="Must be one of: customers, projects"):
        check_import(actor=actor, resource="shoes", data=b"a\n1\n")
    assert (files(), FileImport.objects.unscoped().count()) == ([], 0)


def test_a_row_is_found_by_the_keys_that_are_chosen_in_their_order(actor: Actor) -> None:
    by_email = create_customer(actor=actor, values={"first_name": "Ann", "email": "a@x.com"})
    by_number = create_customer(
        actor=actor,
        values={"first_name": "Ben", "email": "b@x.com", "external_id": "7"},
    )
    data = b"Email,External ID,City\na@x.com,,Troy\n,7,Novi\n"
    for match, found in [
        ((RowKey.EXTERNAL_ID, RowKey.EMAIL), ["email", "external_id"]),
        ((RowKey.EMAIL,), ["email", ""]),
    ]:
        row = checked(actor, data, options=Options(match=match))
        rows = import_rows(actor=actor, import_id=row.pk).order_by("line")
        assert [each.matched_by for each in rows] == found
    row = checked(actor, data)
    run_import(actor=actor, import_id=row.pk)
    by_email.refresh_from_db()
    by_number.refresh_from_db()
    assert (by_email.city, by_number.city) == ("Troy", "Novi")


def test_any_known_address_finds_whom_it_reaches_alone(actor: Actor) -> None:
    there = create_customer(
        actor=actor, values={"first_name": "Ann", "alternative_phones": ["2485550199"]}
    )
    data = b"First name,WhatsApp,City\nAnn,2485550199,Troy\n"
    identity = Options(match=(RowKey.IDENTITY,))
    (row,) = import_rows(actor=actor, import_id=checked(actor, data, options=identity).pk)
    assert (row.outcome, row.matched_by, row.row_id) == ("updated", "identity", there.pk)
    (row,) = import_rows(actor=actor, import_id=checked(actor, data).pk)
    assert (row.outcome, row.matched_by) == ("created", "")


def test_records_are_added_all_the_same_where_that_is_asked_for(actor: Actor) -> None:
    create_customer(actor=actor, values={"first_name": "Ann", "email": "a@x.com"})
    data = b"First name,Email\nAnn,a@x.com\nNew,n@x.com\n"
    row = checked(actor, data, options=Options(on_match=OnMatch.CREATE))
    assert (row.created, row.failed) == (1, 1)
    refused = import_rows(actor=actor, import_id=row.pk).get(outcome="failed")
    assert sentences(refused.faults) == {"email": ["Customer with this email already exists"]}


def test_a_file_is_read_as_it_is_told(actor: Actor) -> None:
    options = Options(header=False, delimiter=";", decimal=DecimalMark.COMMA)
    row = checked(
        actor,
        b"Ann;a@x.com;1.234\nBen;b@x.com;2.500\n",
        options=options,
        mapping={"(1)": "first_name", "(2)": "email", "(3)": "property_value"},
    )
    assert [each["header"] for each in row.columns] == ["(1)", "(2)", "(3)"]
    assert (row.created, row.fingerprint) == (2, "")
    run_import(actor=actor, import_id=row.pk)
    values = Customer.objects.for_actor(actor).order_by("email")
    assert list(values.values_list("first_name", "property_value")) == [
        ("Ann", 1234),
        ("Ben", 2500),
    ]


def test_cells_are_corrected_and_the_file_is_checked_anew(actor: Actor) -> None:
    row = checked(actor, b"first_name,email\nAnn,nonsense\nBen,bad\nCy,cy@x.com\n")
    assert (row.created, row.failed) == (1, 2)
    row = change_import(actor=actor, import_id=row.pk, corrections={2: {"email": "ann@x.com"}})
    row = change_import(actor=actor, import_id=row.pk, corrections={3: {"email": ""}})
    assert (row.rows, row.created, row.failed) == (3, 3, 0)
    with pytest.raises(Invalid) as refused:
        change_import(actor=actor, import_id=row.pk, corrections={9: {"email": ""}, 2: {"x": ""}})
    assert [fault.message for fault in refused.value.faults["rows"]] == [
        "The file has no row in line 9.",
        "Line 2: the file has no column “x”.",
    ]
    run_import(actor=actor, import_id=row.pk)
    emails = Customer.objects.for_actor(actor).order_by("first_name")
    assert list(emails.values_list("email", flat=True)) == ["ann@x.com", "", "cy@x.com"]
    with pytest.raises(AlreadyRun):
        change_import(actor=actor, import_id=row.pk, mapping={"email": None})


def test_what_columns_were_taken_for_is_offered_the_next_time(actor: Actor) -> None:
    data = b"Given,Where\nAnn,Troy\n"
    chosen = {"Given": "first_name", "Where": "city"}
    first = checked(actor, data, mapping=chosen)
    assert saved_mapping(actor=actor, row=first) is None
    run_import(actor=actor, import_id=first.pk)
    second = checked(actor, b"GIVEN,where\nBen,Novi\n")
    assert [each["field"] for each in second.columns] == [None, None], "offered, not forced"
    offered = saved_mapping(actor=actor, row=second)
    assert offered == {"GIVEN": "first_name", "where": "city"}
    taken = change_import(actor=actor, import_id=second.pk, mapping=offered)
    assert saved_mapping(actor=actor, row=taken) is None
    other = checked(actor, b"where,given\nNovi,Ben\n")
    assert saved_mapping(actor=actor, row=other) is None


def test_failed_rows_come_back_as_a_file_with_the_reasons(actor: Actor) -> None:
    row = checked(actor, b"first_name,email,notes\nAnn,bad,=1+1\nBen,b@x.com,\n")
    text = "".join(failed_rows(actor=actor, import_id=row.pk))
    assert text == (
        "first_name,email,notes,line,problem\n"
        "Ann,bad,'=1+1,2,email: Enter a valid e-mail address.\n"
    )
    again = checked(actor, text.replace("Ann,bad", "Ann,ann@x.com").encode())
    assert (again.created, again.failed) == (1, 0)


def test_what_was_imported_is_by_who_asked_for_it(actor: Actor) -> None:
    run_import(actor=actor, import_id=checked(actor, b"first_name\nAnn\n").pk)
    entry = AuditEntry.objects.for_actor(actor).get(action="customer.created")
    assert (entry.actor_kind, entry.actor_id, entry.actor_label, entry.via) == (
        "user",
        actor.id,
        actor.label,
        "job",
    )


def dying_after(batches: int) -> Any:
    left = iter(range(batches))

    def dying(**given: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return customer_imports_batch(**given)

    return dying


customer_imports_batch = customer_imports.import_batch


def test_an_interrupted_import_goes_on_after_the_rows_that_are_written(
    actor: Actor, monkeypatch: Any
) -> None:
    """Every row once, though no row can be recognised, and one entry of the run."""
    row = run_import(actor=actor, import_id=checked(actor).pk)
    job = row.run_job
    assert job is not None
    monkeypatch.setattr(customer_imports, "import_batch", dying_after(1))
    with pytest.raises(Killed):
        run(job.pk)
    assert len(people()) == 500
    row.refresh_from_db()
    assert (row.rows, row.created, row.total) == (500, 500, 600)
    monkeypatch.setattr(customer_imports, "import_batch", customer_imports_batch)
    Job.objects.for_actor(actor).update(lease_until=actor.organization.created_at)
    run(job.pk)
    job.refresh_from_db()
    row = get_import(actor=actor, import_id=row.pk)
    assert (row.state, job.attempts, row.rows, row.created) == ("succeeded", 2, 600, 600)  # type: ignore[attr-defined]
    assert import_rows(actor=actor, import_id=row.pk).count() == 600
    assert people() == sorted(f"N{number}" for number in range(600))
    ran = AuditEntry.objects.for_actor(actor).get(action="customers.imported")
    assert ran.changes["created"] == [None, 600]
    assert files() == []


def test_an_import_that_was_called_off_half_way_is_taken_back(
    actor: Actor, monkeypatch: Any
) -> None:
    row = run_import(actor=actor, import_id=checked(actor).pk)
    job = row.run_job
    assert job is not None
    monkeypatch.setattr(customer_imports, "import_batch", dying_after(1))
    with pytest.raises(Killed):
        run(job.pk)
    with pytest.raises(StillChanging):
        undo_import(actor=actor, import_id=row.pk)
    cancel_import(actor=actor, import_id=row.pk)
    Job.objects.for_actor(actor).update(lease_until=actor.organization.created_at)
    sweep()
    assert get_import(actor=actor, import_id=row.pk).state == "cancelled"
    undo = undo_import(actor=actor, import_id=row.pk)
    assert isinstance(undo, Job)
    assert get_import(actor=actor, import_id=row.pk).state == "undoing"
    run(undo.pk)
    undo.refresh_from_db()
    assert (undo.result["restored"], undo.result["kept_count"]) == (500, 0)
    assert get_import(actor=actor, import_id=row.pk).state == "undone"
    assert people() == []


@pytest.mark.parametrize("killed_after", [1, 2])
@pytest.mark.parametrize("goes_on", [True, False])
def test_a_killed_import_of_new_and_known_people_goes_on_or_is_taken_back_whole(
    actor: Actor, monkeypatch: Any, killed_after: int, goes_on: bool
) -> None:
    known = [
        create_customer(
            actor=actor, values={"first_name": f"K{n}", "external_id": f"k{n}", "city": "Here"}
        ).pk
        for n in range(3)
    ]
    lines = [f"N{n},," for n in range(1100)]
    for place, n in ((0, 0), (500, 1), (1000, 2)):
        lines[place] = f"K{n},k{n},There"
    data = "\n".join(["first_name,external_id,city", *lines]).encode()
    row = run_import(actor=actor, import_id=checked(actor, data).pk)
    assert row.run_job is not None
    monkeypatch.setattr(customer_imports, "import_batch", dying_after(killed_after))
    with pytest.raises(Killed):
        run(row.run_job.pk)
    monkeypatch.setattr(customer_imports, "import_batch", customer_imports_batch)
    if not goes_on:
        cancel_import(actor=actor, import_id=row.pk)
    Job.objects.for_actor(actor).update(lease_until=actor.organization.created_at)
    if goes_on:
        run(row.run_job.pk)
    else:
        sweep()
    row = get_import(actor=actor, import_id=row.pk)
    written = 3 if goes_on else killed_after
    assert (row.state, row.updated) == ("succeeded" if goes_on else "cancelled", written)  # type: ignore[attr-defined]
    assert row.rows == (1100 if goes_on else 500 * killed_after)
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    assert living.count() == 3 + row.created
    undo = undo_import(actor=actor, import_id=row.pk)
    assert isinstance(undo, Job)
    run(undo.pk)
    undo.refresh_from_db()
    assert (undo.result["restored"], undo.result["kept_count"]) == (row.rows, 0)
    assert sorted(living.values_list("pk", flat=True)) == sorted(known)
    assert set(living.values_list("city", flat=True)) == {"Here"}


def test_an_import_is_taken_back_at_once_when_it_is_small(actor: Actor) -> None:
    there = create_customer(actor=actor, values={"first_name": "Ann", "email": "a@x.com"})
    row = checked(actor, b"First name,Email,City\nAnn,a@x.com,Troy\nBen,b@x.com,Novi\n")
    with pytest.raises(NotRun):
        undo_import(actor=actor, import_id=row.pk)
    run_import(actor=actor, import_id=row.pk)
    assert people() == ["Ann", "Ben"]
    result = undo_import(actor=replace(actor, change_set=new_id()), import_id=row.pk)
    assert isinstance(result, Undone)
    assert (result.restored, result.kept) == (2, [])
    there.refresh_from_db()
    assert (people(), there.city) == (["Ann"], "")
    assert get_import(actor=actor, import_id=row.pk).state == "undone"


def test_an_import_taken_over_by_another_worker_writes_nothing_more(
    actor: Actor, monkeypatch: Any
) -> None:
    row = run_import(actor=actor, import_id=checked(actor).pk)
    job = row.run_job
    assert job is not None

    def slow(**given: Any) -> Any:
        Job.objects.for_actor(actor).filter(pk=job.pk).update(attempts=2)
        return customer_imports_batch(**given)

    monkeypatch.setattr(customer_imports, "import_batch", slow)
    run(job.pk)
    assert people() == []
    assert get_import(actor=actor, import_id=row.pk).rows == 0


def test_a_file_that_is_not_checked_is_not_imported(actor: Actor, sent: list[Any]) -> None:
    row = check_import(actor=actor, resource="customers", data=ROWS)
    assert row.state == "checking"  # type: ignore[attr-defined]
    with pytest.raises(NotChecked):
        run_import(actor=actor, import_id=row.pk)
    assert cancel_import(actor=actor, import_id=row.pk).state == "cancelled"  # type: ignore[attr-defined]
    again = worked_off(actor, change_import(actor=actor, import_id=row.pk))
    assert again.state == "checked"
    once = run_import(actor=actor, import_id=row.pk)
    assert run_import(actor=actor, import_id=row.pk).run_job == once.run_job


def test_counts_that_do_not_add_up_are_refused_by_the_database(actor: Actor) -> None:
    row = checked(actor, b"first_name\nAnn\n")
    with pytest.raises(IntegrityError), transaction.atomic():
        FileImport.objects.for_actor(actor).filter(pk=row.pk).update(created=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        FileImport.objects.for_actor(actor).filter(pk=row.pk).update(created=2, rows=2)


def test_files_go_when_they_are_imported_or_nobody_may_confirm_them(actor: Actor) -> None:
    first, second = checked(actor), checked(actor)
    assert len(files()) == 2
    worked_off(actor, run_import(actor=actor, import_id=first.pk))
    with time_machine.travel(now() + dt.timedelta(hours=23)):
        assert clean_imports() == 0
        assert files() == [second.file]
    with time_machine.travel(now() + dt.timedelta(hours=25)):
        assert clean_imports() == 1
        with pytest.raises(Gone):
            run_import(actor=actor, import_id=second.pk)
    assert files() == []


def test_reports_go_when_nothing_can_be_taken_back_any_more(actor: Actor) -> None:
    checked(actor, b"first_name\nAnn\n")
    with time_machine.travel(now() + dt.timedelta(days=29)):
        clean_imports()
        assert FileImport.objects.unscoped().count() == 1
    with time_machine.travel(now() + dt.timedelta(days=31)):
        clean_imports()
    assert not FileImport.objects.unscoped().exists()
    assert not FileImportRow.objects.unscoped().exists()


def test_erasing_a_customer_takes_files_and_reports_back(
    actor: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    check = checked(actor, f"email,City\nnonsense,\n{customer.email},Troy\n".encode())
    other = checked(actor)
    waiting = run_import(actor=actor, import_id=other.pk)
    assert import_rows(actor=actor, import_id=check.pk).filter(row_id=customer.pk).exists()
    with django_capture_on_commit_callbacks(execute=True):
        erase_customer(actor=actor, customer_id=customer.pk, ground="asked")
    check = get_import(actor=actor, import_id=check.pk)
    waiting = get_import(actor=actor, import_id=waiting.pk)
    assert (waiting.state, waiting.file) == ("cancelled", "")  # type: ignore[attr-defined]
    assert (check.file, [each["samples"] for each in check.columns]) == ("", [[], []])
    (refused,) = import_rows(actor=actor, import_id=check.pk)
    assert (refused.outcome, refused.faults, refused.cells) == ("failed", {}, {})
    assert files() == []
    with pytest.raises(Gone):
        run_import(actor=actor, import_id=check.pk)


def test_only_those_who_may_import_do(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        checked(actor_of(cast.bob))
    assert files() == []
    assert not Job.objects.unscoped().exists()
    row = checked(actor_of(cast.alice), b"first_name\nAnn\n")
    with pytest.raises(NotFound):
        run_import(actor=actor_of(cast.charlie), import_id=row.pk)


def test_payments_come_from_files(actor: Actor) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    data = (
        "Customer email,Amount,Currency,Status,Date,Concept\n"
        f'{customer.email},"1,250.50",USD,completed,2026-01-05,Roof\n'
        "nobody@x.com,1,,,,\n"
    ).encode()
    row = check_import(actor=actor, resource="transactions", data=data)
    assert (row.created, row.failed) == (1, 1)
    run_import(actor=actor, import_id=row.pk)
    payment = Transaction.objects.for_actor(actor).get()
    assert (payment.gross_amount, payment.status, payment.description) == (
        Decimal("1250.50"),
        "completed",
        "Roof",
    )


def test_a_resource_imports_through_the_services(actor: Actor) -> None:
    """Import-export's own call, as anyone who knows the package writes it."""
    there = create_customer(actor=actor, values=customer_values(1))
    rows = [["Ann", "ann@example.com"], ["Ben", "nonsense"], ["Jane", there.email]]
    data = Dataset(*rows, headers=["first_name", "email"])
    dry = CustomerResource(actor=actor).import_data(data, dry_run=True)
    assert people() == ["Jane"]
    result = CustomerResource(actor=actor).import_data(data)
    assert people() == ["Ann", "Jane"]
    for each in (dry, result):
        assert dict(each.totals) == {
            "new": 1,
            "update": 0,
            "delete": 0,
            "skip": 1,
            "error": 0,
            "invalid": 1,
        }
        (bad,) = each.invalid_rows
        assert (bad.number, bad.values) == (3, ("Ben", "nonsense"))
        assert bad.error_dict == {"email": ["Enter an e-mail address such as name@example.com."]}
        assert [row.import_type for row in each.rows] == ["new", "invalid", "skip"]
        assert each.rows[0].diff == ["Ann", "ann@example.com"]
    assert AuditEntry.objects.for_actor(actor).filter(action="customer.created").count() == 2


def test_a_resource_raises_the_first_fault_where_that_is_asked_for(actor: Actor) -> None:
    data = Dataset(["nonsense"], headers=["email"])
    with pytest.raises(RowsRefused, match=r"such as name@example\.com"):
        CustomerResource(actor=actor).import_data(data, raise_errors=True)


def test_a_resource_exports_the_actors_rows(cast: Cast, actor: Actor) -> None:
    customer = create_customer(
        actor=actor, values=customer_values(1) | {"tags": ["a", "b"], "notes": "=1"}
    )
    create_customer(actor=actor_of(cast.charlie), values=customer_values(2))
    resource = CustomerResource(actor=actor)
    chosen = ["email", "tags", "notes"]
    dataset = resource.export(export_fields=chosen)
    assert dataset.headers == ["email", "notes", "tags"]
    assert list(dataset) == [("jane1@example.com", "'=1", "a,b")]
    assert resource.export_resource(customer, chosen) == ["jane1@example.com", "'=1", "a,b"]
    with pytest.raises(TypeError, match="whose rows"):
        CustomerResource().export()


def test_a_command_checks_a_file_and_imports_it(actor: Actor, tmp_path: Path) -> None:
    file, out = tmp_path / "people.csv", StringIO()
    file.write_text("Given,email\nAnn,ann@x.com\nBen,bad\n")
    asked = ["customers", str(file), "--organization", actor.organization.slug]
    asked += ["--column", "Given=first_name"]
    call_command("import_file", *asked, stdout=out)
    assert people() == []
    call_command("import_file", *asked, "--run", stdout=out)
    assert people() == ["Ann"]
    assert out.getvalue().splitlines()[-2:] == [
        "2 rows imported: 1 created, 0 updated, 0 skipped, 0 suppressed, 0 conflicting, 1 failed",
        "line 3: email: Enter a valid e-mail address.",
    ]
    with pytest.raises(CommandError, match="has no column"):
        call_command("import_file", *asked, "--column", "Nope=city")

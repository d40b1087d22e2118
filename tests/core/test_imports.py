"""Imports from uploaded files: checked, confirmed, resumed after a kill, taken back."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from import_export.exceptions import ImportError as RowsRefused
from tablib import Dataset

from core.audit.models import AuditEntry
from core.clock import now
from core.errors import Forbidden, Gone
from core.identity.services import actor_of
from core.imports.files import storage
from core.imports.services import check_import, confirm_import
from core.imports.tasks import clean_imports
from core.jobs.models import Job, JobState
from core.tenancy.actor import Actor
from customers.imports import customers as customer_imports
from customers.models import Customer
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


class Killed(BaseException):
    """As if the process were gone: nothing is tidied up."""


def checked(actor: Actor, data: bytes = ROWS) -> Job:
    job = check_import(actor=actor, resource="customers", data=data)
    if job.state == JobState.QUEUED:
        run(job.pk)
    return job


def people() -> list[str]:
    return sorted(Customer.objects.unscoped().values_list("first_name", flat=True))


def test_a_small_file_is_checked_and_imported_at_once(actor: Actor, sent: list[Any]) -> None:
    check = checked(actor, b"first_name,email\nAnn,\nBen,nonsense\n")
    assert (check.state, check.done, check.total) == (JobState.SUCCEEDED, 2, 2)
    assert people() == []
    job = confirm_import(actor=actor, check_id=check.pk)
    assert (job.state, job.result["created"], job.result["failed"]) == (JobState.SUCCEEDED, 1, 1)
    assert job.result["rows_left_out"] == [
        {
            "line": 3,
            "outcome": "failed",
            "reason": "",
            "faults": {"email": ["Enter a valid e-mail address."]},
            "remarks": {},
        }
    ]
    assert people() == ["Ann"]
    assert sent == []


def test_what_was_imported_is_by_who_asked_for_it(actor: Actor) -> None:
    confirm_import(actor=actor, check_id=checked(actor, b"first_name\nAnn\n").pk)
    entry = AuditEntry.objects.for_actor(actor).get(action="customer.created")
    assert (entry.actor_kind, entry.actor_id, entry.actor_label, entry.via) == (
        "user",
        actor.id,
        actor.label,
        "job",
    )


def test_an_interrupted_import_goes_on_after_the_rows_that_are_written(
    actor: Actor, monkeypatch: Any
) -> None:
    """Every row once, though no row can be recognised, and one entry of the run."""
    job = confirm_import(actor=actor, check_id=checked(actor).pk)
    left = iter(range(1))

    def dying(**given: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return whole(**given)

    whole = customer_imports.import_batch
    monkeypatch.setattr(customer_imports, "import_batch", dying)
    with pytest.raises(Killed):
        run(job.pk)
    assert len(people()) == 500
    monkeypatch.setattr(customer_imports, "import_batch", whole)
    Job.objects.for_actor(actor).update(lease_until=actor.organization.created_at)
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result["created"]) == (JobState.SUCCEEDED, 2, 600)
    assert people() == sorted(f"N{number}" for number in range(600))
    ran = AuditEntry.objects.for_actor(actor).get(action="customers.imported")
    assert ran.changes["created"] == [None, 600]
    assert storage().listdir("")[1] == []


def test_an_import_taken_over_by_another_worker_writes_nothing_more(
    actor: Actor, monkeypatch: Any
) -> None:
    job = confirm_import(actor=actor, check_id=checked(actor).pk)
    whole = customer_imports.import_batch

    def slow(**given: Any) -> Any:
        Job.objects.for_actor(actor).filter(pk=job.pk).update(attempts=2)
        return whole(**given)

    monkeypatch.setattr(customer_imports, "import_batch", slow)
    run(job.pk)
    assert people() == []


def test_files_go_when_they_are_imported_or_nobody_may_confirm_them(actor: Actor) -> None:
    first, second = checked(actor), checked(actor)
    assert len(storage().listdir("")[1]) == 2
    run(confirm_import(actor=actor, check_id=first.pk).pk)
    with time_machine.travel(now() + dt.timedelta(minutes=59)):
        assert clean_imports() == 0
        assert storage().listdir("")[1] == [second.parameters["file"]]
    with time_machine.travel(now() + dt.timedelta(minutes=61)):
        assert clean_imports() == 1
    assert storage().listdir("")[1] == []


def test_erasing_a_customer_takes_files_and_reports_back(
    actor: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    check = checked(actor, b"email\nnonsense\n")
    other = checked(actor)
    waiting = confirm_import(actor=actor, check_id=other.pk)
    assert check.result["rows_left_out"] != []
    with django_capture_on_commit_callbacks(execute=True):
        erase_customer(actor=actor, customer_id=customer.pk, ground="asked")
    check.refresh_from_db()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.parameters.get("file")) == (JobState.CANCELLED, None)
    assert (check.result["rows_left_out"], check.parameters.get("file")) == ([], None)
    assert storage().listdir("")[1] == []
    with pytest.raises(Gone):
        confirm_import(actor=actor, check_id=check.pk)


def test_only_those_who_may_import_do(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        checked(actor_of(cast.bob))
    assert storage().listdir("")[1] == []
    assert not Job.objects.unscoped().exists()


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
        assert bad.error_dict == {"email": ["Enter a valid e-mail address."]}
        assert [row.import_type for row in each.rows] == ["new", "invalid", "skip"]
        assert each.rows[0].diff == ["Ann", "ann@example.com"]
    assert AuditEntry.objects.for_actor(actor).filter(action="customer.created").count() == 2


def test_a_resource_raises_the_first_fault_where_that_is_asked_for(actor: Actor) -> None:
    data = Dataset(["nonsense"], headers=["email"])
    with pytest.raises(RowsRefused, match="valid e-mail"):
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

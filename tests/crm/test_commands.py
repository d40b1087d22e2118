"""Exports and jobs from the command line."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from core.audit.models import AuditEntry
from core.jobs.models import Job
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.jobs import start_recalculation
from tests import background
from tests.cast import customer_values


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def people(actor: Actor) -> None:
    for number in (1, 2, 3):
        create_customer(
            actor=actor,
            values=customer_values(number) | {"city": "Troy" if number < 3 else "Flint"},
        )


def test_the_export_command_writes_the_chosen_rows_and_columns(
    actor: Actor, people: None, tmp_path: Path
) -> None:
    file = tmp_path / "troy.csv"
    told = run(
        "write_export",
        "customers",
        str(file),
        "--organization",
        "acme",
        "--columns",
        "email,zip_code",
        "--filter",
        "city=Troy",
    )
    assert told == f"2 customers in {file}\n"
    rows = list(csv.DictReader(file.open(newline="")))
    assert [row["email"] for row in rows] == ["jane2@example.com", "jane1@example.com"]
    assert [item.name for item in tmp_path.iterdir()] == ["troy.csv"]
    assert (
        AuditEntry.objects.for_actor(actor)
        .filter(action="customers.exported", actor_kind="system")
        .count()
        == 1
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--columns", "shoe_size"), "Unknown: shoe_size"),
        (("--filter", "status=gold"), "filters.status"),
        (("--filter", "color=red"), "filters.color"),
        (("--format", "xlsx", "--organization", "nowhere"), "no organization nowhere"),
    ],
)
def test_what_is_wrong_is_told_and_no_file_is_left(
    people: None, tmp_path: Path, more: tuple[str, ...], told: str
) -> None:
    with pytest.raises(CommandError, match=told):
        run("write_export", "customers", str(tmp_path / "out.csv"), "--organization", "acme", *more)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("write_export customers {}/none/out.csv --organization acme", "No such file"),
        ("write_export customers {}/out.pdf --organization acme", "written as pdf; choose"),
        ("import_file customers {}/none.csv --organization acme", "No such file"),
        ("import_file customers {} --organization acme", "directory"),
        ("import_file customers {} --organization acme --column a", "HEADER=FIELD"),
        ("import_file customers {} --organization nowhere", "no organization nowhere"),
        ("write_archive x --organization acme", "no customer x"),
        ("write_archive {key} --organization acme --output {}/none/a.zip", "No such file"),
        ("jobs --organization nowhere", "no organization nowhere"),
        ("fake_gateway --organization acme", "Give a --key"),
        ("fake_gateway --organization acme --key k --port 70000", "from 1 to 65535"),
    ],
)
def test_bad_arguments_are_told_in_a_sentence(
    actor: Actor, people: None, tmp_path: Path, settings: Any, command: str, told: str
) -> None:
    settings.DEBUG = True
    key = Customer.objects.unscoped().order_by("pk")[0].pk
    with pytest.raises(CommandError, match=told):
        run(*command.format(tmp_path, key=key).split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["jsonl", "xlsx"])
def test_the_files_name_says_its_format(people: None, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"all.{form}"
    assert (
        run("write_export", "customers", str(file), "--organization", "acme")
        == f"3 customers in {file}\n"
    )
    assert file.read_bytes()[:2] == {"jsonl": b'{"', "xlsx": b"PK"}[form]


def test_jobs_are_listed_followed_and_called_off(actor: Actor) -> None:
    job = start_recalculation(actor=actor)
    assert "recalculation  queued" in run("jobs", "--organization", "acme")
    assert run("jobs", "--organization", "other") == ""
    assert "cancelled" in run("jobs", "--cancel", str(job.pk))
    with pytest.raises(CommandError, match="The job cancelled"):
        run("jobs", "--follow", str(job.pk))
    again = start_recalculation(actor=actor)
    background.run(again.pk)
    assert "succeeded" in run("jobs", "--follow", str(again.pk))
    with pytest.raises(CommandError, match="There is no job"):
        run("jobs", "--follow", "nonsense")
    assert Job.objects.for_actor(actor).count() == 2


def test_scheduled_work_is_run_by_hand(db: Any) -> None:
    assert (
        run("run_periodic", "core.identity.tasks.clean_sessions")
        == "core.identity.tasks.clean_sessions: 0\n"
    )

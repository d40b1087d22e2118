"""
`python -m bench`: makes a PostgreSQL database of its own, fills it with demo data, measures, prints
a table, writes bench/results.json (`python -m bench.chart` draws it).

Requests run through the whole WSGI application in this process (sign-in, limits, policy,
middleware; no socket), requests a second over gunicorn on loopback. Every line is a ratio to
something measured in the same run, in turns. What writes does so in a copy of the database.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection, connections

from crm.collector import set_collector

# ruff: noqa: T201, S603

READING = ("reading", "requests", "serving", "pages", "growth", "exports")
WRITING = ("writing", "imports", "recalculation", "indexes")
SUBJECTS = READING + WRITING

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results.json"
SERVER = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "only-for-benchmarks-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "127.0.0.1",
    "SECURE_SSL_REDIRECT": "false",
    "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "crm.settings",
    "REDIS_URL": "",
    "HASHED_ASSETS": "false",
    **dict.fromkeys(
        [f"RATE_LIMIT_{name}" for name in ("USER", "KEY", "BULK", "EXPORT", "ORGANIZATION")],
        "1000000000/hour",
    ),
}


def named(database: str) -> str:
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{database}"))


def exists(database: str) -> bool:
    with psycopg.connect(named("postgres"), connect_timeout=3) as connection:
        return (
            connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [database]
            ).fetchone()
            is not None
        )


def administer(statement: str) -> None:
    with psycopg.connect(named("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def drop(database: str) -> None:
    administer(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def fill(database: str, customers: int, organizations: int) -> None:
    """
    The database, its tables as they are now; one that an interruption left half made is made anew.
    """
    if exists(database):
        manage(database, "migrate", "--verbosity", "0")
        return
    making = f"{database}_making"
    drop(making)
    administer(f'CREATE DATABASE "{making}"')
    manage(making, "migrate", "--verbosity", "0")
    sizes = ["--customers", str(customers), "--organizations", str(organizations)]
    manage(making, "seed_demo", *sizes, "--force")
    manage(making, "run_periodic", "customers.tasks.fold_counts")
    administer(f'ALTER DATABASE "{making}" RENAME TO "{database}"')


def manage(database: str, *command: str) -> None:
    environment = {**os.environ, "DATABASE_URL": named(database)}
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)


@contextmanager
def copied(database: str) -> Iterator[None]:
    """Within, Django's connection is to a copy of the database, which is dropped in the end."""
    copy = f"{database}_copy"
    connections.close_all()
    drop(copy)
    administer(f'CREATE DATABASE "{copy}" TEMPLATE "{database}" STRATEGY FILE_COPY')
    connection.settings_dict["NAME"] = copy
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = database
        drop(copy)


def formatted(line: Any) -> str:
    bar = "" if line.bar is None else f"{'≥' if line.at_least else '≤'} {line.bar:g}"
    met = {True: "met", False: "MISSED", None: ""}[line.met]
    return (
        f"{line.name:45} {line.ours:>11,.1f} {line.limit:>11,.1f} {line.unit:3} {line.ratio:>7.2f} "
        f"{bar:>7} {met:6} {line.note}"
    )


def measure(subjects: Iterable[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each subject with its lines; one that fails is told, and the others are measured still."""
    for subject in subjects:
        lines = []
        try:
            for line in import_module(f"bench.{subject}").measured():
                lines.append(line.as_json())
                print(formatted(line), flush=True)
        except Exception as error:
            print(f"{subject}: failed: {type(error).__name__}: {error}", flush=True)
        else:
            yield subject, lines


def keep(customers: int, found: dict[str, list[dict[str, Any]]]) -> None:
    """
    Puts what was measured in the place of what was there of the same subjects; of another size
    nothing stays.
    """
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    subjects = before.get("subjects", {}) if before.get("customers") == customers else {}
    merged = subjects | found
    results = {
        "customers": customers,
        "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
        "subjects": {name: merged[name] for name in SUBJECTS if name in merged},
    }
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--customers",
        type=int,
        default=1_000_000,
        metavar="N",
        help="a fifth of them in the organization measured (1000000)",
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep the databases, and use them again next time"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=SUBJECTS,
        default=SUBJECTS,
        metavar="SUBJECT",
        help=f"{', '.join(SUBJECTS)}; the results of the others stay as they are",
    )
    options = parser.parse_args()
    large, small = f"crm_bench_{options.customers}", f"crm_bench_{options.customers // 100}"
    try:
        exists(large)
    except psycopg.OperationalError:
        print(
            f"No PostgreSQL answers at {named('postgres')}: the benchmarks need one (DATABASE_URL)."
        )
        return 1
    os.environ.update(PRODUCTION, DATABASE_URL=named(large), SMALL_DATABASE_URL=named(small))
    os.environ.setdefault("VAR_DIR", str(ROOT / "var"))
    found: dict[str, list[dict[str, Any]]] = {}
    try:
        fill(large, options.customers, 201)
        fill(small, options.customers // 100, 21)
        import_module("bench.client")  # sets Django up, now that the environment says how
        set_collector()
        print(f"{'':45} {'ours':>11} {'limit':>11} {'':3} {'ratio':>7} {'bar':>7}", flush=True)
        found |= measure(name for name in READING if name in options.only)
        if writing := [name for name in WRITING if name in options.only]:
            with copied(large):
                found |= measure(writing)
    finally:
        connections.close_all()
        if not options.keep:
            for database in (small, large):
                drop(database)
        if found:
            keep(options.customers, found)
    return int(len(found) < len(set(options.only)))


if __name__ == "__main__":
    sys.exit(main())

"""
`python -m bench`: makes a PostgreSQL database of its own, fills it with demo data, measures, prints
a table, writes bench/results.json.

Requests run through the whole WSGI application in this process (sign-in, limits, policy,
middleware; no socket), requests a second over gunicorn on loopback. Every line is a ratio to
something measured in the same run, in turns.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

# ruff: noqa: T201, S603

SUBJECTS = (
    "reading",
    "requests",
    "serving",
    "growth",
    "exports",
    "writing",
    "imports",
    "recalculation",
)
"""Those that leave the data as it is before those that don't."""

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "only-for-benchmarks-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "127.0.0.1",
    "SECURE_SSL_REDIRECT": "false",
    "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "crm.settings",
    "REDIS_URL": "",
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


def fill(database: str, customers: int, organizations: int) -> None:
    if exists(database):
        return
    administer(f'CREATE DATABASE "{database}"')
    sizes = ["--customers", str(customers), "--organizations", str(organizations), "--force"]
    folded = ["run_periodic", "customers.tasks.fold_counts"]
    for command in (["migrate", "--verbosity", "0"], ["seed_demo", *sizes], folded):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": named(database)},
            check=True,
        )


def shown(line: Any) -> str:
    bar = "" if line.bar is None else f"{'≥' if line.at_least else '≤'} {line.bar:g}"
    met = {True: "met", False: "MISSED", None: ""}[line.met]
    return (
        f"{line.name:45} {line.ours:>11,.1f} {line.limit:>11,.1f} {line.unit:3} {line.ratio:>7.2f} "
        f"{bar:>7} {met:6} {line.note}"
    )


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
        help=", ".join(SUBJECTS),
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
    lines = []
    try:
        fill(large, options.customers, 201)
        fill(small, options.customers // 100, 21)
        import_module("bench.client")  # sets Django up, now that the environment says how
        print(f"{'':45} {'ours':>11} {'limit':>11} {'':3} {'ratio':>7} {'bar':>7}", flush=True)
        for name in options.only:
            try:
                for line in import_module(f"bench.{name}").measured():
                    lines.append(line)
                    print(shown(line), flush=True)
            # one subject's failure is told, and the others are measured all the same
            except Exception as error:
                print(f"{name}: failed: {type(error).__name__}: {error}", flush=True)
                lines.append(None)
    finally:
        if not options.keep:
            for database in (small, large):
                administer(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    results = {
        "customers": options.customers,
        "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
        "lines": [line.as_json() for line in lines if line],
    }
    (ROOT / "bench" / "results.json").write_text(
        json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    )
    return int(None in lines)


if __name__ == "__main__":
    sys.exit(main())

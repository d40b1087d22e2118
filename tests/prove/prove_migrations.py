"""
A backup restores into a new cluster, whole and with its roles; migrations of many rows stop no
writer (guarantee 24).

Migrations are those that came after a commit: PROVE_FROM, by default the one before the newest that
brought any. Its code serves and writes while this tree's code migrates beneath it, as a deployment
does whose servers are replaced afterwards.
"""

import io
import os
import random
import subprocess
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from tests.live.stack import ROOT, Stack
from tests.prove.conftest import OwnPostgreSQL, record_proof, size_of

ROWS = size_of("ROWS", quick=20_000, full=1_000_000)
ORGANIZATIONS = str(max(2, ROWS // 50_000))
KEY = {"X-Api-Key": "crm_live_demo_0123456789abcdef"}
WRITERS = 4
MOST_SECONDS = 2.0
"""How long anybody may wait for a lock."""

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
SUM = """
SELECT count(*), coalesce(md5(string_agg(h, '' ORDER BY h)), '')
FROM (SELECT md5(t::text) h FROM "{0}" t) rows
"""
SEQUENCES = "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences ORDER BY 1"
GRANTS = """
SELECT table_name, privilege_type FROM information_schema.role_table_grants
WHERE grantee = 'crm' ORDER BY 1, 2
"""
OWNED = """
SELECT c.relname, c.relowner::regrole::text FROM pg_class c
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'i')
UNION ALL
SELECT p.oid::regprocedure::text || p.prosecdef, p.proowner::regrole::text FROM pg_proc p
WHERE pronamespace = 'public'::regnamespace
UNION ALL
-- a check is written out anew, with other brackets
SELECT conname || CASE contype WHEN 'c' THEN '' ELSE pg_get_constraintdef(oid) END, ''
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT tgname || pg_get_triggerdef(oid), '' FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1
"""
WAITING = """
SELECT pid, extract(epoch FROM clock_timestamp() - state_change)
FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'crm'
"""


class Writers:
    """Clients who create and change customers and log contacts, one after another."""

    def __init__(self, address: str, number: int = WRITERS) -> None:
        self.address, self.ending = address, threading.Event()
        self.answers: Counter[int | str] = Counter()
        self.slowest = 0.0
        self.threads = [threading.Thread(target=self._write, args=(n,)) for n in range(number)]
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join(60)

    def _write(self, number: int) -> None:
        session, turn, mine = requests.Session(), 0, [""]
        session.headers.update(KEY)
        while not self.ending.is_set():
            turn += 1
            mark = f"{os.getpid()}-{id(self)}-{number}-{turn}"
            path, method, body = "/api/customers", "POST", _somebody(mark)
            if turn % 3 and mine[-1]:
                path = f"/api/customers/{random.choice(mine[1:])}"
                method, body = "PATCH", {"notes": mark}
                if turn % 3 == 2:
                    path, method, body = f"{path}/interactions", "POST", {"type": "note"}
                    body["notes"] = mark
            begun = time.monotonic()
            try:
                answer = session.request(method, self.address + path, json=body, timeout=60)
            except requests.RequestException as error:
                self.answers[type(error).__name__] += 1
                continue
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.answers[answer.status_code] += 1
            if path == "/api/customers" and answer.status_code == 201:
                mine.append(answer.json()["data"]["id"])


def _somebody(mark: str) -> dict[str, Any]:
    return {"first_name": "Jo", "last_name": "Writes", "email": f"w{mark}@example.com"}


class Watch:
    """The longest time that the application has waited for a lock."""

    def __init__(self, url: str) -> None:
        self.url, self.longest, self.ending = url, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def end(self) -> float:
        self.ending.set()
        self.thread.join(10)
        return self.longest

    def _look(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self.ending.wait(0.05):
                for _pid, seconds in connection.execute(WAITING).fetchall():
                    self.longest = max(self.longest, float(seconds))


def contents(connection: "psycopg.Connection[Any]") -> dict[str, tuple[int, str]]:
    """Table → how many rows, and a checksum over all of them."""
    names = [name for (name,) in connection.execute(TABLES).fetchall()]
    return {name: connection.execute(SUM.format(name)).fetchone() for name in names}  # type: ignore[misc, arg-type]


@pytest.fixture
def another() -> Iterator[OwnPostgreSQL]:
    """A cluster in which nothing is."""
    server = OwnPostgreSQL()
    yield server
    server.stop()


def test_a_backup_restores_whole_and_with_its_roles(
    mortal: Stack, postgresql: OwnPostgreSQL, another: OwnPostgreSQL, tmp_path: Path
) -> None:
    mortal.manage("run_periodic", "core.audit.tasks.seal_audit")
    dump = tmp_path / "crm.dump"
    writers = Writers(mortal.address)
    time.sleep(1)
    with psycopg.connect(postgresql.url()) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone()  # type: ignore[misc]
        begun = time.monotonic()
        _run("pg_dump", "-Fc", f"--snapshot={snapshot}", "-f", str(dump), postgresql.url())
        dumping = time.monotonic() - begun
        wanted = contents(connection)
        grants, owned = connection.execute(GRANTS).fetchall(), connection.execute(OWNED).fetchall()
    writers.end()
    assert set(writers.answers) <= {200, 201}, "writers go on beside a backup"
    another.make_database()
    begun = time.monotonic()
    _run("pg_restore", "-d", another.url(), "--exit-on-error", "--single-transaction", str(dump))
    restoring = time.monotonic() - begun
    with psycopg.connect(another.url()) as connection:
        assert contents(connection) == wanted
        assert connection.execute(GRANTS).fetchall() == grants
        assert connection.execute(OWNED).fetchall() == owned
        for name, last in connection.execute(SEQUENCES).fetchall():
            table = name.removesuffix("_id_seq")
            (most,) = connection.execute(f'SELECT coalesce(max(id), 0) FROM "{table}"').fetchone()  # type: ignore[misc, call-overload]
            assert last >= most, name
    with (
        psycopg.connect(another.url("crm")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("UPDATE audit_auditentry SET action = 'nothing'")
    with ExitStack() as ending:
        restored = Stack(
            tmp_path,
            database=another.url("crm"),
            MIGRATION_DATABASE_URL=another.url("crm_owner"),
        )
        ending.callback(restored.end)
        restored.manage("migrate", "--check")
        restored.manage("verify_audit")
        restored.manage("figures")
        restored.manage("counts")
        restored.start()
        again = Writers(restored.address, 1)
        time.sleep(3)
        again.end()
        assert set(again.answers) <= {200, 201}
        assert again.answers[201]
    rows = sum(count for count, _sum in wanted.values())
    record_proof(
        24,
        f"{rows:,} rows of {len(wanted)} tables dumped beside writers in {dumping:.0f} s and "
        f"restored in {restoring:.0f} s into a new cluster: checksums, grants, owners, constraints "
        "and triggers equal, sequences right, the audit's chain verifies, and the product writes",
    )


def test_migrations_stop_no_writer(another: OwnPostgreSQL, tmp_path: Path) -> None:
    commit = os.environ.get("PROVE_FROM") or _before_the_newest_migration()
    before = tmp_path / "before"
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(before, filter="data")
    another.make_database()
    place = {
        "database": another.url("crm"),
        "MIGRATION_DATABASE_URL": another.url("crm_owner"),
    }
    with ExitStack() as ending:
        old = Stack(tmp_path, sources=before, **place)  # type: ignore[arg-type]
        ending.callback(old.end)
        old.manage("migrate", "--verbosity", "0")
        old.manage("seed_demo", "--customers", str(ROWS), "--organizations", ORGANIZATIONS)
        old.start()
        new = Stack(tmp_path, **place)  # type: ignore[arg-type]
        ending.callback(new.end)
        calm = Writers(old.address)
        time.sleep(5)
        calm.end()
        writers, watch = Writers(old.address), Watch(another.url())
        time.sleep(1)
        begun = time.monotonic()
        told = new.manage("migrate", "--no-color")
        took = time.monotonic() - begun
        time.sleep(2)
        writers.end()
        longest = watch.end()
        applied = told.count("... OK")
        assert applied, "nothing was to be migrated; name an older commit in PROVE_FROM"
        assert set(writers.answers) <= {200, 201}, (writers.answers, old.log("web"))
        assert longest < MOST_SECONDS
        old.end()
        new.start()
        after = Writers(new.address)
        time.sleep(3)
        after.end()
        assert set(after.answers) <= {200, 201}, after.answers
        new.manage("figures", "--repair")
        new.manage("counts")
    record_proof(
        24,
        f"{applied} migrations since {commit[:7]} over {ROWS:,} customers in {took:.0f} s, while "
        f"the code before them made {writers.answers.total():,} writes: none failed, the slowest "
        f"took {writers.slowest:.1f} s ({calm.slowest:.1f} s in calm), the longest wait for a lock "
        f"{longest:.2f} s",
    )


def _before_the_newest_migration() -> str:
    told = subprocess.run(
        [
            *("git", "log", "-1", "--diff-filter=A", "--format=%H^"),
            *("--", "*/migrations/0*.py"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

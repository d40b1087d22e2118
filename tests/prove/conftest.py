"""
Servers that a proof may kill, what it records, and a table of what was measured.

Each proof has a quick size, by which all of them run within half an hour on two processors, and a
full one, that of the guarantee: `PROVE_FULL=1` takes the full sizes, and PROVE_CUSTOMERS,
PROVE_ROUNDS, PROVE_WRITES, PROVE_EVENTS, PROVE_ENTRIES, PROVE_PEOPLE, PROVE_HISTORIES, PROVE_RUNS,
PROVE_ROWS, PROVE_LINES, PROVE_SEQUENCES, PROVE_LOOKALIKES and PROVE_EXAMPLES in the environment any
other.
"""

import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.lanes import POSTGRESQL, answers
from tests.live.stack import ROOT, Stack, free_port, own_database, wait_for

MEASURED: list[tuple[str, str]] = []
"""What, and how much."""

MOVED_BY_TIME = {"status", "engagement", "health_score", "is_at_risk"}
"""What changes without anybody writing."""

FIGURES = ROOT / "var" / "proofs"
"""Where each proof leaves what it reached, until the report takes it up."""

IS_FULL = bool(os.environ.get("PROVE_FULL"))


def size_of(name: str, *, quick: int, full: int) -> int:
    """How many of what `name` says this run is to try."""
    return int(os.environ.get(f"PROVE_{name}") or (full if IS_FULL else quick))


CUSTOMERS = str(size_of("CUSTOMERS", quick=20_000, full=100_000))


def record_proof(guarantee: int, figure: str) -> None:
    """
    Notes what the running test has reached of a guarantee, in words with figures. Call it when
    everything is asserted. Several tests may record for one guarantee, and one for several.
    """
    proof = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    row = {
        "guarantee": guarantee,
        "figure": figure,
        "proof": proof,
        "commit": os.environ.get("PROVE_COMMIT") or commit.stdout.strip(),
        "on": dt.datetime.now(dt.UTC).date().isoformat(),
    }
    FIGURES.mkdir(parents=True, exist_ok=True)
    name = f"{guarantee:02}-{proof.rpartition('/')[2].replace('::', '-')}"
    # a quick run doesn't take the place of what a full one has shown
    (FIGURES / f"{name}{'-full' if IS_FULL else ''}.json").write_text(
        json.dumps(row, indent=1) + "\n"
    )
    MEASURED.append((f"guarantee {guarantee}", figure))


class OwnRedis:
    """A Redis that keeps nothing: killed and started again, it is empty."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    def url(self, database: int) -> str:
        """Stacks that share a database would take each other's messages."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(self.folder),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: answers(self.url(0)), seconds=10, what=lambda: "Redis")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


class OwnPostgreSQL:
    """A cluster of its own, that keeps what it acknowledged: killed, it recovers."""

    def __init__(self) -> None:
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.folder, self.port = Path(tempfile.mkdtemp()) / "cluster", free_port()
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(self.folder.parent, "postgres")
        self._run(["initdb", "-D", str(self.folder), "-U", "postgres", "-A", "trust", "-E", "UTF8"])
        self.start()

    def url(self, role: str = "postgres", database: str = "crm") -> str:
        return f"postgres://{role}@127.0.0.1:{self.port}/{database}"

    def make_database(self) -> None:
        """`crm`, in two roles: `crm_owner`, whose the tables are, and `crm`, the application's."""
        subprocess.run(
            [
                *("psql", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"),
                *("-v", "database=crm", "-v", "owner=crm_owner", "-v", "application=crm"),
                *("-v", "ON_ERROR_STOP=1", "-f", str(ROOT / "docs" / "database-roles.sql")),
                "postgres",
            ],
            check=True,
        )

    def start(self) -> None:
        """Starts it, and waits until it has recovered."""
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 -c max_connections=200"
        command = ["pg_ctl", "-D", str(self.folder), "-o", options, "-l", f"{self.folder}.log"]
        self._run([*command, "-w", "-t", "120", "start"])

    def kill(self) -> None:
        """The postmaster and every backend, as a power cut would."""
        parent = int((self.folder / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for pid in [parent, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in [parent, *children]),
            seconds=20,
            what=lambda: "PostgreSQL's processes to be gone",
        )

    def end_connections(self) -> None:
        """Half of the application's connections, wherever they are."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = 'crm' AND pid % 2 = (random() > 0.5)::int"
            )

    def stop(self) -> None:
        self._run(["pg_ctl", "-D", str(self.folder), "-m", "immediate", "stop"])
        shutil.rmtree(self.folder.parent)

    def _run(self, command: list[str]) -> None:
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [*as_postgres, str(self.bin / command[0]), *command[1:]],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
        )


@pytest.fixture(scope="session")
def postgresql() -> Iterator[OwnPostgreSQL]:
    if not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("no PostgreSQL to kill")
    server = OwnPostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mortal(postgresql: OwnPostgreSQL, redis: OwnRedis, tmp_path_factory: Any) -> Iterator[Stack]:
    """Everything on a PostgreSQL and a Redis of its own, in two roles, as production has it."""
    postgresql.make_database()
    stack = Stack(
        tmp_path_factory.mktemp("mortal"),
        database=postgresql.url("crm"),
        redis=redis.url(1),
        MIGRATION_DATABASE_URL=postgresql.url("crm_owner"),
    )
    try:
        _fill(stack, "1000")
        yield stack
    finally:
        stack.end()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: Any) -> Iterator[OwnRedis]:
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server to kill")
    server = OwnRedis(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def full(redis: OwnRedis, tmp_path_factory: Any) -> Iterator[Stack]:
    """Everything on PostgreSQL and Redis, with a large organization."""
    if not answers(POSTGRESQL):
        pytest.skip(f"no PostgreSQL answers at {POSTGRESQL}")
    with ExitStack() as ending:
        database = ending.enter_context(own_database(POSTGRESQL))
        stack = Stack(
            tmp_path_factory.mktemp("full"),
            database=database,
            redis=redis.url(0),
            DJANGO_SETTINGS_MODULE="tests.prove.settings",
        )
        ending.callback(stack.end)
        _fill(stack, CUSTOMERS)
        yield stack


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Stack]:
    """The one process on SQLite."""
    stack = Stack(tmp_path)
    try:
        _fill(stack, str(int(CUSTOMERS) // 4))
        yield stack
    finally:
        stack.end()


def check_figures(stack: Stack) -> None:
    """
    Everything equals its source rows; of many customers some grow inactive or old between two
    looks, which isn't a fault.
    """
    lines = stack.tried("figures").stdout.splitlines()
    columns = {
        name
        for line in lines
        if line.count(": ") == 2
        for name in line.rpartition(": ")[2].split(", ")
    }
    assert columns <= MOVED_BY_TIME, lines[:20]
    assert (
        lines == ["All computed values equal their source rows."]
        or 0 < len(lines) < int(CUSTOMERS) / 1000
    ), lines[:20]


def _fill(stack: Stack, customers: str) -> None:
    stack.manage("migrate", "--verbosity", "0")
    stack.manage("seed_demo", "--customers", customers)
    stack.start()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if MEASURED:
        terminalreporter.section("what was measured")
        width = max(len(name) for name, _ in MEASURED)
        for name, value in MEASURED:
            terminalreporter.write_line(f"{name:<{width}}  {value}")

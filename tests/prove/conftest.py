"""
Servers that a proof may kill, what it records, and a table of what was measured.

PROVE_CUSTOMERS, PROVE_ROUNDS and PROVE_WRITES in the environment make it quicker or harder.
"""

import datetime as dt
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.lanes import POSTGRESQL, answers
from tests.live.stack import ROOT, Stack, free_port, own_database, wait_for

MEASURED: list[tuple[str, str]] = []
"""What, and how much."""

MOVED_BY_TIME = {"status", "engagement", "health_score", "is_at_risk"}
"""What changes without anybody writing."""

FIGURES = ROOT / "var" / "proofs"
"""Where each proof leaves what it reached, until the report takes it up."""

CUSTOMERS = os.environ.get("PROVE_CUSTOMERS", "100000")


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
        "commit": commit.stdout.strip(),
        "on": dt.datetime.now(dt.UTC).date().isoformat(),
    }
    FIGURES.mkdir(parents=True, exist_ok=True)
    name = f"{guarantee:02}-{proof.rpartition('/')[2].replace('::', '-')}.json"
    (FIGURES / name).write_text(json.dumps(row, indent=1) + "\n")
    MEASURED.append((f"guarantee {guarantee}", figure))


class OwnRedis:
    """A Redis that keeps nothing: killed and started again, it is empty."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

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
        wait_for(lambda: answers(self.url), seconds=10, what=lambda: "Redis")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


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
            redis=redis.url,
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

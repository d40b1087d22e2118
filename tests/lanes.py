"""
Runs the tests in every lane that this machine allows: SQLite in one process always, PostgreSQL with
Redis where both answer.

`DATABASE_URL` and `REDIS_URL` name the servers of the full lane; otherwise the default local ports
are tried. Arguments go to pytest.
"""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
POSTGRESQL = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/crm"
REDIS = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/15"
LIVE = "tests/live"
"""Tests that start the product's own processes, and so run one after another."""

PORTS = {"postgres": 5432, "postgresql": 5432, "redis": 6379, "rediss": 6379}


def answers(url: str) -> bool:
    """Whether something listens where `url` points."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        return False
    try:
        with socket.create_connection(
            (parts.hostname, parts.port or PORTS[parts.scheme]), timeout=2
        ):
            return True
    except OSError:
        return False


def run(name: str, arguments: list[str], *, fast: bool = False, **environment: str) -> int:
    """
    One lane; a database and folder of its own, so that lanes may run side by side. A `fast` one
    leaves out the tests marked heavy, which are long and say little of the database.
    """
    print(f"\n== {name} lane", flush=True)
    side_by_side = ["-n", os.environ.get("TEST_WORKERS", "2")]
    most = [*side_by_side, *(["-m", "not heavy"] if fast else [])]
    parts = [[*side_by_side, *arguments]] if arguments else [[*most, "--ignore", LIVE], [LIVE]]
    with tempfile.TemporaryDirectory() as folder:
        settings = {"CRM_TESTING": "1", "DEBUG": "true", "VAR_DIR": folder, **environment}
        commands = [[sys.executable, "-m", "pytest", *part] for part in parts]
        return max(
            subprocess.run(
                command, cwd=ROOT, env={**os.environ, **settings}, check=False
            ).returncode
            for command in commands
        )


def main(arguments: list[str]) -> int:
    full = answers(POSTGRESQL) and answers(REDIS)
    results = {"SQLite": run("SQLite", arguments, fast=full, DATABASE_URL="", REDIS_URL="")}
    if full:
        results["PostgreSQL and Redis"] = run(
            "PostgreSQL and Redis", arguments, DATABASE_URL=POSTGRESQL, REDIS_URL=REDIS
        )
    else:
        print(
            f"\n== PostgreSQL and Redis lane did not run: nothing answers at {POSTGRESQL} and "
            f"{REDIS}"
        )
    for lane, code in results.items():
        print(f"{lane}: {'passed' if code == 0 else f'failed ({code})'}")
    return max(results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

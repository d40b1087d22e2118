"""Random work taken back in random order, beside a model of what ought to become of every row."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lanes import POSTGRESQL, answers
from tests.live.stack import ROOT
from tests.prove.conftest import record_proof, size_of

RUNS = size_of("SEQUENCES", quick=10, full=200)
PROOF = "tests/core/test_undo_sequences.py"


@pytest.mark.parametrize("database", ["PostgreSQL", "SQLite"])
def test_what_is_taken_back_is_what_it_was(tmp_path: Path, database: str) -> None:
    """Edits, bulk work, files, rows of customers, messages between; undone, and done again."""
    url = f"{POSTGRESQL}_undo" if database == "PostgreSQL" else ""
    if url and not answers(POSTGRESQL):
        pytest.skip("no PostgreSQL answers")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", PROOF],
        cwd=ROOT,
        env={
            **os.environ,
            "CRM_TESTING": "1",
            "DEBUG": "true",
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": url,
            "UNDO_RUNS": str(RUNS),
        },
        check=True,
    )
    record_proof(26, f"{RUNS} sequences of 50 operations on {database}: every row as modelled")

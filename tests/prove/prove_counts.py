"""
However many write at once, the numbers that lists and statistics read are those of the customers:
at every moment, and after folding.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lanes import POSTGRESQL, answers
from tests.live.stack import ROOT
from tests.prove.conftest import record_proof, size_of

RUNS = size_of("RUNS", quick=20, full=200)
PROOF = "tests/customers/test_counts.py::test_counts_are_exact_however_many_write_at_once"


@pytest.mark.parametrize("database", ["PostgreSQL", "SQLite"])
def test_counts_are_exact_in_every_run(tmp_path: Path, database: str) -> None:
    """
    Creation one by one and many at once, changes, bulk work, deletion, return, erasure, files,
    merges, what takes these back, recalculation, repairs in SQL and what is rolled back.
    """
    url = POSTGRESQL if database == "PostgreSQL" else ""
    runs = RUNS if url else RUNS // 4  # there one writes at a time, which takes its time
    if url and not answers(url):
        pytest.skip("no PostgreSQL answers")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", PROOF],
        cwd=ROOT,
        env={
            **os.environ,
            "CRM_TESTING": "1",
            "DEBUG": "true",
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": url,
            "COUNT_RUNS": str(runs),
        },
        check=True,
    )
    record_proof(15, f"counts of customers exact in {runs} runs of 6 writers at once on {database}")

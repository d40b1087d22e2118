"""The ordinary tests that show a guarantee, run on PostgreSQL with Redis and counted."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.lanes import POSTGRESQL, REDIS, answers
from tests.live.stack import ROOT
from tests.prove.conftest import record_proof, size_of
from tests.prove.guarantees import GUARANTEES

pytestmark = pytest.mark.skipif(
    not (answers(POSTGRESQL) and answers(REDIS)), reason="no PostgreSQL and Redis answer"
)
SECONDS = 3600
EXAMPLES = size_of("EXAMPLES", quick=40, full=400)
"""How many values a test that draws its values is to draw."""
BY_TESTS = [number for number, guarantee in GUARANTEES.items() if guarantee.tests]


def test_there_are_such_tests() -> None:
    named = {path for guarantee in GUARANTEES.values() for path in guarantee.tests}
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, list[str]]]:
    """
    Of each file how many tests passed, and which did not; all of them in one run. PROVE_JUNIT names
    the XML file of a run that there was already, which then counts, and PROVE_COMMIT its commit.
    """
    folder: Path = tmp_path_factory.mktemp("ordinary")
    files = sorted({path for guarantee in GUARANTEES.values() for path in guarantee.tests})
    if known := os.environ.get("PROVE_JUNIT"):
        return _outcomes(Path(known), files)
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2"),
            *("--junitxml", str(folder / "tests.xml"), "--dist", "loadfile", *files),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "CRM_TESTING": "1",
            "DEBUG": "true",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"{POSTGRESQL}_proofs",
            "REDIS_URL": REDIS,
            "EXAMPLES": str(EXAMPLES),
        },
        timeout=SECONDS,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    return _outcomes(folder / "tests.xml", files)


def _outcomes(junit: Path, files: list[str]) -> dict[str, tuple[int, list[str]]]:
    found: dict[str, tuple[int, list[str]]] = dict.fromkeys(files, (0, []))
    for case in ElementTree.parse(junit).iter("testcase"):
        path = case.attrib["classname"].replace(".", "/") + ".py"
        if path not in found:
            continue
        passed, other = found[path]
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            found[path] = (passed, [*other, case.attrib["name"]])
        elif "skipped" not in kinds:
            found[path] = (passed + 1, other)
    return found


@pytest.mark.parametrize("number", BY_TESTS)
def test_the_guarantee_is_shown_by_ordinary_tests(
    number: int, outcomes: dict[str, tuple[int, list[str]]]
) -> None:
    paths = GUARANTEES[number].tests
    assert [name for path in paths for name in outcomes[path][1]] == []
    passed = {path: outcomes[path][0] for path in paths}
    assert all(passed.values()), passed
    record_proof(number, f"{sum(passed.values())} tests passed, of {', '.join(paths)}")

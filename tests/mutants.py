"""
`python -m tests.mutants [MODULE …]` (`make mutate`): changes the guards a little, one change at a
time, and looks whether their tests notice. Writes docs/mutations.md.

mutmut makes the mutants of functions and runs them, in a copy of the committed tree and an
environment of its own under var/, on SQLite or (MUTANTS_DATABASE) PostgreSQL. It leaves functions
with decorators alone. A mutant that only words otherwise what programmers are told isn't counted.

The policy is a table, of which mutmut makes nothing: a cell of it is turned over instead.

MUTANTS says how many of a module are tried, drawn by chance that is always the same; 0 takes all.
"""

import ast
import difflib
import io
import json
import os
import random
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from core.tenancy.choices import Role, Scope
from core.tenancy.policy import OF_NO_ROLE, Permission
from tests.live.stack import ROOT

WORKPLACE = ROOT / "var" / "mutants"
RESULTS = Path(__file__).with_name("mutants.json")
REPORT = ROOT / "docs" / "mutations.md"

DATABASE = os.environ.get("MUTANTS_DATABASE", "")
QUICKLY = [] if DATABASE else ["--no-migrations"]
"""What migrations alone make is PostgreSQL's."""

SAMPLE = int(os.environ.get("MUTANTS", "60"))
SIGN_IN = ("tests/core/test_sign_in.py", "tests/core/test_refusals.py")
POLICY = "core/tenancy/policy.py"
MODULES = {
    "core/tenancy/scoping.py": (
        *("tests/core/test_scoping.py", "tests/architecture/test_tenancy.py"),
        "tests/customers/test_bulk_creation.py",
    ),
    "core/tenancy/actor.py": ("tests/core/test_actor.py", "tests/api/roofing/test_trail.py"),
    POLICY: (
        "tests/api/test_policy.py",
        "tests/pages/test_settings.py::test_every_page_asks_its_permission_and_the_cards_lead_to_no_other",
    ),
    "core/amounts.py": ("tests/core/test_amounts.py",),
    "customers/health.py": ("tests/customers/test_figures.py",),
    "customers/figures.py": (
        *("tests/customers/test_figures.py", "tests/customers/test_loyalty.py"),
        *("tests/api/roofing/test_segmentation.py", "tests/pages/test_settings.py"),
    ),
    "core/identity/guessing.py": SIGN_IN,
    "core/identity/tokens.py": (*SIGN_IN, "tests/pages/test_sessions.py"),
    "core/identity/services.py": (
        *(*SIGN_IN, "tests/core/test_second_factor.py", "tests/pages/test_signing_in.py"),
        *("tests/pages/test_second_factor.py", "tests/pages/test_sessions.py"),
    ),
}
"""What is mutated, and the tests that must notice."""

SAME = {
    "lstrip('XX+-XX')": "a figure holds no X",
    "decimals or True": "`12.` and `12` are one number",
    "figure.partition(": "a decimal mark occurs once, or it isn't one",
    "_is_decimal(marks, whole, decimals, None)": "the other mark isn't the last one either",
    "len(marks) > 2": "only what is badly grouped differs, and that is refused",
    "'XX XX'": "a kind's name is compared with `,` alone",
    '"XX\'XX"': "a kind's name is compared with `,` alone",
    "XX\\'’‘´`XX": "no mark is an X",
    "XX'’‘´`XX": "no mark is an X",
    "strict=None": "nothing is as good as False",
    "strict=False": "the sides are made from one list",
    "else 0 end": "SQL is the same in small letters",
    "'postgresql' and False": "SQLite, in which these run, goes the other way",
    "return CountedQuerySet(self.model": "there is one database",
    "row.save(force_insert=False)": "Django inserts what is new and has a default key",
    "allowance.give_back(None)": "a window that is full stays full, however far",
    "if but or True": "to leave out nobody leaves all",
    "{Permission.DELETE_PERMANENTLY}": "who may not erase may not erase permanently either",
    "timedelta(days=None)": "done while the module is loaded, before a mutant is chosen",
}
"""Part of a surviving line → why it does the same."""


class Outcome(NamedTuple):
    made: int
    killed: int
    worded: int
    survivors: list[list[str]]
    commit: str
    possible: int = 0
    """How many there are, where only some of them were tried; else 0."""


def main(modules: list[str]) -> None:
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for module in modules or list(MODULES):
        outcome = _turn_cells_over() if module == POLICY else _mutate(module)
        known[module] = outcome._asdict()
        RESULTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
        write_report(known)


def _tree(module: str) -> Path:
    """A copy of the committed tree."""
    tree = WORKPLACE / module.replace("/", "-")
    subprocess.run(["rm", "-rf", str(tree)], check=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(tree, filter="data")
    return tree


def _settings(tree: Path) -> dict[str, str]:
    return {
        **os.environ,
        "CRM_TESTING": "1",
        "DEBUG": "true",
        "DATABASE_URL": DATABASE and f"{DATABASE}_{tree.name.replace('.', '_')}",
        "REDIS_URL": "",
        "VAR_DIR": str(tree / "var"),
    }


def _turn_cells_over() -> Outcome:
    """
    The policy with one permission given to, or taken from, one role or scope: the matrix of all
    operations must show it.
    """
    tree = _tree(POLICY)
    source = (tree / POLICY).read_text()
    cells = [
        f"{table}[{kind}.{each.name}] ^= {{Permission.{permission.name}}}"
        for table, kind, held in (
            ("ROLE_PERMISSIONS", "Role", list(Role)),
            ("SCOPE_PERMISSIONS", "Scope", list(Scope)),
        )
        for each in held
        for permission in Permission
        if permission not in OF_NO_ROLE
    ]
    some = random.Random(25).sample(cells, min(SAMPLE or len(cells), len(cells)))
    survivors = []
    for cell in some:
        (tree / POLICY).write_text(f"{source}\n\n{cell}\n")
        tests = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", *QUICKLY]
        done = subprocess.run(
            [*tests, *MODULES[POLICY]],
            cwd=tree,
            env=_settings(tree),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            survivors.append([cell, next((why for part, why in SAME.items() if part in cell), "")])
        elif done.returncode != pytest.ExitCode.TESTS_FAILED:
            raise RuntimeError(f"the tests did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Outcome(
        made=len(some),
        killed=len(some) - len(survivors),
        worded=0,
        survivors=survivors,
        commit=_commit(),
        possible=len(cells),
    )


def _mutate(module: str) -> Outcome:
    mutmut, tree = _environment(), _tree(module)
    settings = {
        "source_paths": ["core", "customers", "interactions", "appointments", "analytics", "crm"],
        "only_mutate": [module],
        "also_copy": ["manage.py", "templates", "static", "locale", "docs", "bench", "styles"],
        "pytest_add_cli_args": [
            *("-p", "no:xdist", "--reuse-db", "--override-ini", "filterwarnings=default"),
            *("-m", "not race"),
            *QUICKLY,
        ],
        "pytest_add_cli_args_test_selection": list(MODULES[module]),
        "timeout_constant": 60.0,
    }
    with (tree / "pyproject.toml").open("a") as config:
        config.write("\n[tool.mutmut]\n")
        config.writelines(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    environment = _settings(tree)

    def run(*names: str, check: bool = True) -> dict[str, str]:
        """Each mutant's state when those named have been tried."""
        # one at a time: they share a database
        command = [mutmut, "run", "--max-children", "1", *names]
        subprocess.run(command, cwd=tree, env=environment, check=check)
        told = subprocess.run(
            [mutmut, "results", "--all", "true"],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return dict(re.findall(r"^\s*(\S+): (.+)$", told, re.MULTILINE))

    # it makes them all before it finds that none is called so
    possible = sorted(run("made, not tried", check=False)) if SAMPLE else []
    some = random.Random(25).sample(possible, min(SAMPLE, len(possible)))
    states = run(*some)
    tried = {name: states[name] for name in some or states}
    outcome = read_outcome(tried, (tree / "mutants" / module).read_text())
    return outcome._replace(possible=len(possible) if len(some) < len(possible) else 0)


def read_outcome(states: dict[str, str], source: str) -> Outcome:
    """From each mutant's state, and the module with all of them in it."""
    lived = [name.rpartition(".")[2] for name, state in states.items() if state != "killed"]
    differences = list(_differences(source, lived))
    worded = sum(_is_wording(line) for line in differences)
    return Outcome(
        made=len(states) - worded,
        killed=len(states) - len(lived),
        worded=worded,
        survivors=[
            [line, next((why for part, why in SAME.items() if part in line), "")]
            for line in differences
            if not _is_wording(line)
        ],
        commit=_commit(),
    )


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def _environment() -> str:
    """mutmut in an environment of its own, beside what the product's has."""
    folder = WORKPLACE / "environment"
    if not (folder / "bin" / "mutmut").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        own = Path(pytest.__file__).parent.parent
        (packages / "product.pth").write_text(f"{own}\n")
        subprocess.run([folder / "bin" / "pip", "install", "-q", "mutmut==3.8.1"], check=True)
    return str(folder / "bin" / "mutmut")


def _differences(source: str, names: list[str]) -> Iterator[str]:
    """The changed line of each mutant."""
    functions = {
        node.name: ast.unparse(node).split("\n")[1:]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }
    for name in names:
        before = functions[name.rpartition("__mutmut_")[0] + "__mutmut_orig"]
        lines = difflib.unified_diff(before, functions[name], lineterm="", n=0)
        changed = [line[1:].strip() for line in lines if re.match(r"\+(?!\+\+)", line)]
        yield " ".join(changed)


def _is_wording(line: str) -> bool:
    return line.startswith("raise ") and bool(re.search(r"Error\((None|'[^{}]*')\)$", line))


HEAD = """# Mutations

Written by `make mutate`: the guards are changed a little, one change at a time, and their tests
must notice. Not counted are mutants that only word otherwise what programmers are told; functions
with decorators are left alone, and the policy's table is mutated by turning single cells over.
Where "of" stands, that many were drawn by chance from all.
"""


def write_report(known: dict[str, dict[str, object]]) -> None:
    lines = [
        HEAD,
        "| module | mutants | killed | the same, explained | survive | commit |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    details: list[str] = []
    for module in MODULES:
        if module not in known:
            lines.append(f"| `{module}` | not run yet | | | | |")
            continue
        outcome = Outcome(**known[module])  # type: ignore[arg-type]
        same = [row for row in outcome.survivors if row[1]]
        rate = outcome.killed / max(1, outcome.made - len(same))
        made = f"{outcome.made} of {outcome.possible}" if outcome.possible else outcome.made
        lines.append(
            f"| `{module}` | {made} | {outcome.killed} ({rate:.1%}) | {len(same)} | "
            f"{len(outcome.survivors) - len(same)} | {outcome.commit} |"
        )
        details += ["", f"## {module}", ""]
        details += [
            f"- ``{line}``: {why or '**no test notices**'}" for line, why in outcome.survivors
        ]
    REPORT.write_text("\n".join([*lines, *details]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

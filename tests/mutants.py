"""
`python -m tests.mutants [MODULE …]` (`make mutate`): changes the guards a little, one change at a
time, and looks whether their tests notice. Writes docs/mutations.md.

mutmut makes the mutants and runs them, in a copy of the committed tree and an environment of its
own under var/, on SQLite. A mutant that only words otherwise what programmers are told isn't
counted.
"""

import ast
import difflib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.live.stack import ROOT

WORKPLACE = ROOT / "var" / "mutants"
RESULTS = Path(__file__).with_name("mutants.json")
REPORT = ROOT / "docs" / "mutations.md"

MODULES = {
    "core/tenancy/scoping.py": ("tests/architecture/test_tenancy.py",),
    "core/tenancy/actor.py": ("tests/core/test_organizations.py", "tests/core/test_sign_in.py"),
    "core/tenancy/policy.py": ("tests/api/test_policy.py",),
    "core/amounts.py": ("tests/core/test_amounts.py",),
    "customers/health.py": ("tests/customers/test_figures.py",),
    "customers/figures.py": ("tests/customers/test_figures.py",),
    "core/identity/guessing.py": ("tests/core/test_sign_in.py", "tests/core/test_limits.py"),
    "core/identity/tokens.py": ("tests/core/test_sign_in.py",),
    "core/identity/services.py": ("tests/core/test_sign_in.py",),
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
}
"""Part of a surviving line → why it does the same."""


class Outcome(NamedTuple):
    made: int
    killed: int
    worded: int
    survivors: list[list[str]]
    commit: str


def main(modules: list[str]) -> None:
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for module in modules or list(MODULES):
        known[module] = _mutate(module)._asdict()
        RESULTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
        write_report(known)


def _mutate(module: str) -> Outcome:
    mutmut = _environment()
    tree = WORKPLACE / module.replace("/", "-")
    subprocess.run(["rm", "-rf", str(tree)], check=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(tree, filter="data")
    settings = {
        "source_paths": ["core", "customers", "interactions", "appointments", "analytics", "crm"],
        "only_mutate": [module],
        "also_copy": ["manage.py", "templates", "static", "locale", "docs", "bench", "styles"],
        "pytest_add_cli_args": [
            *("-p", "no:xdist", "--reuse-db", "--override-ini", "filterwarnings=default"),
        ],
        "pytest_add_cli_args_test_selection": list(MODULES[module]),
        "timeout_constant": 60.0,
    }
    with (tree / "pyproject.toml").open("a") as config:
        config.write("\n[tool.mutmut]\n")
        config.writelines(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    environment = {
        **os.environ,
        "CRM_TESTING": "1",
        "DEBUG": "true",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "VAR_DIR": str(tree / "var"),
    }
    # one at a time: they share a database
    subprocess.run([mutmut, "run", "--max-children", "1"], cwd=tree, env=environment, check=True)
    told = subprocess.run(
        [mutmut, "results", "--all", "true"],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return read_outcome(told, (tree / "mutants" / module).read_text())


def read_outcome(told: str, source: str) -> Outcome:
    """What mutmut tells of each mutant, and the module with all of them in it."""
    states = dict(re.findall(r"^\s*(\S+): (.+)$", told, re.MULTILINE))
    lived = [name.rpartition(".")[2] for name, state in states.items() if state != "killed"]
    differences = list(_differences(source, lived))
    worded = sum(_is_wording(line) for line in differences)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Outcome(
        made=len(states) - worded,
        killed=len(states) - len(lived),
        worded=worded,
        survivors=[
            [line, next((why for part, why in SAME.items() if part in line), "")]
            for line in differences
            if not _is_wording(line)
        ],
        commit=commit.stdout.strip(),
    )


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
must notice. Not counted are mutants that only word otherwise what programmers are told.
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
        lines.append(
            f"| `{module}` | {outcome.made} | {outcome.killed} ({rate:.1%}) | {len(same)} | "
            f"{len(outcome.survivors) - len(same)} | {outcome.commit} |"
        )
        details += ["", f"## {module}", ""]
        details += [
            f"- ``{line}``: {why or '**no test notices**'}" for line, why in outcome.survivors
        ]
    REPORT.write_text("\n".join([*lines, *details]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

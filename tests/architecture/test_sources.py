"""What no source file may hold."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
BELOW_THE_DOORS = ("core", "customers", "interactions", "appointments", "analytics")
FORBIDDEN = re.compile(
    "|".join(
        [
            "shared" + "/",
            "/wo" + "rk/",
            "/ho" + "me/",
            "/ro" + "ot/",
            "(?<![a-z])/t" + r"mp/(?!crm)",
        ]
    )
)


def tracked(*patterns: str) -> list[Path]:
    """The project's own text files, committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def python_files(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def test_no_file_names_a_machine_or_what_lies_outside_the_project() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FORBIDDEN.finditer(text)]
    assert found == []


@pytest.mark.parametrize("package", BELOW_THE_DOORS)
def test_no_module_below_the_doors_imports_inside_a_function(package: str) -> None:
    found = []
    for path in python_files(package):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                found += [
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Import | ast.ImportFrom)
                ]
    assert found == []


OUTERMOST = {"crm/embedded.py"}
"""
Where nothing is above that could hear of an exception: the loops of this process's own threads,
which log it and go on.
"""


def test_no_handler_swallows_every_exception() -> None:
    broad = []
    for path in python_files(*BELOW_THE_DOORS, "crm"):
        if str(path.relative_to(ROOT)) in OUTERMOST:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
            ):
                reraises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                broad += [] if reraises else [f"{path.relative_to(ROOT)}:{node.lineno}"]
    assert broad == []


def test_no_module_is_named_for_what_it_is_not() -> None:
    vague = {"utils", "helpers", "common", "misc"}
    assert [
        path
        for path in python_files(*BELOW_THE_DOORS, "crm")
        if vague & set(path.relative_to(ROOT).with_suffix("").parts)
    ] == []


def test_no_line_of_a_template_is_wider_than_140_columns() -> None:
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("templates/*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 140
    ]
    assert wide == []


def test_no_tag_of_a_template_is_broken_over_lines() -> None:
    """Django shows such a tag as it is written, to everybody who comes there."""
    broken = [
        f"{path.relative_to(ROOT)}: {tag[0]}"
        for path in tracked("templates/*.html", "templates/*.txt")
        for tag in re.finditer(
            r"\{%[^%]*\n[^%]*%\}|\{\{[^}]*\n[^}]*\}\}|\{#[^#]*\n", path.read_text()
        )
    ]
    assert broken == []

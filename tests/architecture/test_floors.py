"""The contracts of import-linter leave no module out, and make no exception."""

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT: Path = settings.BASE_DIR
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]["contracts"]
OF_NO_FLOOR = {"__init__", "apps", "audit"}
"""Configurations, and the names of acts, which import nothing."""


def modules_of_core() -> list[str]:
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "core").rglob("*.py"))
        if path.stem not in OF_NO_FLOOR and "migrations" not in path.parts
    ]


def test_every_module_of_core_stands_on_a_floor() -> None:
    floors = next(each["layers"] for each in CONTRACTS if each["name"].startswith("Inside core"))
    names = [name.strip(" ()\n") for floor in floors for name in floor.replace(":", "|").split("|")]
    placed = [
        module
        for module in modules_of_core()
        if any(module == name or module.startswith(f"{name}.") for name in names)
    ]
    assert len(placed) > 80
    assert [module for module in modules_of_core() if module not in placed] == []


def test_no_contract_ignores_an_import() -> None:
    assert [each["name"] for each in CONTRACTS if each.get("ignore_imports")] == []

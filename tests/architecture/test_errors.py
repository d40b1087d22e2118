"""Every domain error is worded, on purpose, in every dialect."""

from importlib import import_module

import pytest

from core import errors
from core.errors import DomainError
from crm.api.registry import DIALECTS


def kinds(base: type[DomainError] = DomainError) -> set[type[DomainError]]:
    found = {kind for child in base.__subclasses__() for kind in (child, *kinds(child))}
    return {kind for kind in found if kind.__module__ == errors.__name__}


def test_there_are_errors_to_word() -> None:
    assert {errors.NotFound, errors.Conflict, errors.MalformedId} <= kinds()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_domain_error_has_a_status_in_every_dialect(dialect: str) -> None:
    statuses = import_module(f"crm.api.{dialect}.errors").STATUSES
    assert {kind.__name__ for kind in kinds() - set(statuses)} == set()
    assert all(400 <= status < 600 for status in statuses.values())

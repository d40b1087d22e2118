"""Every domain error is worded, on purpose, in every dialect."""

from importlib import import_module

import pytest

from appointments.errors import StaffBusy
from core import errors
from core.errors import DomainError
from crm.api.registry import ENTRIES, DialectEntry


def kinds(base: type[DomainError] = DomainError) -> set[type[DomainError]]:
    found = {kind for child in base.__subclasses__() for kind in (child, *kinds(child))}
    return {kind for kind in found if kind.__module__.partition(".")[0] != "crm"}


def test_there_are_errors_to_word() -> None:
    assert {errors.NotFound, errors.Conflict, errors.MalformedId, StaffBusy} <= kinds()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.dialect.name)
def test_every_domain_error_has_a_status_in_every_dialect(entry: DialectEntry) -> None:
    statuses = import_module(entry.dialect.describe.__module__).STATUSES
    own = {kind for kind in kinds() if not issubclass(kind, errors.StateConflict)}
    assert {kind.__name__ for kind in own | {errors.StateConflict} if kind not in statuses} == set()
    assert all(400 <= status < 600 for status in statuses.values())

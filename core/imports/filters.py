"""Which imports, and which of their rows."""

from dataclasses import dataclass

from django.conf import settings

from core.filters import ChoiceFilter, Conditions, ConditionsFilterSet
from core.imports.models import FileImport, FileImportRow, ImportState
from core.imports.reports import ImportOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportConditions(Conditions):
    resource: str | None = None
    state: str | None = None


class ImportFilterSet(ConditionsFilterSet[ImportConditions]):
    resource = ChoiceFilter(choices=[(noun, noun) for noun in settings.IMPORTS])
    state = ChoiceFilter(choices=ImportState)

    class Meta:
        model = FileImport
        conditions = ImportConditions


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRowConditions(Conditions):
    outcome: str | None = None


class ImportRowFilterSet(ConditionsFilterSet[ImportRowConditions]):
    outcome = ChoiceFilter(choices=ImportOutcome)

    class Meta:
        model = FileImportRow
        conditions = ImportRowConditions

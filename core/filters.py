"""
Which rows: one object for a list, its export and bulk work, so that the same conditions always mean
the same rows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """
    All that are set must hold; None sets nothing. A subclass declares what its list can be asked:
    each field is a column of the rows unless its `apply` says otherwise. `ids` means any of them.
    """

    ids: Sequence[UUID] | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Those of `rows` (an actor's) that meet every condition."""
        equal = self.given()
        if (ids := equal.pop("ids", None)) is not None:
            equal["pk__in"] = ids
        return rows.filter(**equal)

    def given(self) -> dict[str, Any]:
        """The conditions that are set."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def dump(self) -> dict[str, Any]:
        """The conditions as JSON, for work that is done later."""
        data: dict[str, Any] = json.loads(json.dumps(self.given(), cls=DjangoJSONEncoder))
        return data

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """
        What `dump` gave; ids, amounts and moments stay texts, which the database's columns take as
        well.
        """
        return cls(**data)

"""The query parameters of customers beside their filters, which are the domain's own."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, F, When
from django.db.models.expressions import OrderBy
from rest_framework import serializers

from core.choices import SLUG
from core.exports.streaming import Format
from core.text import quoted
from crm.api.kernel.queries import (
    ChoiceField,
    CommaField,
    MomentField,
    Query,
    StrictBooleanField,
    WholeNumberField,
)
from crm.api.roofing.serializers.customers import CUSTOMER_COLUMNS

SORTS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "first_name": "first_key",
    "last_name": "last_key",
    "email": "email_key",
    "city": "city_key",
    "status": "status",
    "segment": "segment",
    "lifetime_value": "lifetime_value",
    "project_count": "project_count",
    "customer_since": "customer_since",
    "last_interaction": "last_interaction_at",
    "nps_score": "nps_score",
}
NEWEST_FIRST = ("-created_at", "-id")
TEXTS = {"first_name", "last_name", "email", "city"}
"""
Unknown ones are empty in the database and null in the answer, so they come last in both directions.
"""
NULLABLE = {"last_interaction", "nps_score"}


class SortField(serializers.CharField):
    """One or more `field:direction`, separated by commas; the id breaks ties."""

    takes_several = True

    def to_internal_value(self, data: Any) -> Any:
        order: dict[str, Any] = {}
        descending = False
        for part in super().to_internal_value(data).split(","):
            name, _, direction = (part.strip() if ":" in part else f"{part.strip()}:asc").partition(
                ":"
            )
            if name not in SORTS or direction not in ("asc", "desc"):
                raise serializers.ValidationError(
                    f"“{quoted(part)}” is not a field and direction; "
                    f"fields are: {', '.join(SORTS)}; directions: asc, desc.",
                    code="invalid_choice",
                )
            descending = direction == "desc"
            column = F(SORTS[name])
            last = {"nulls_last": True} if name in NULLABLE else {}
            if name in TEXTS and not descending and order:
                order.setdefault(
                    f"{name} unknown", Case(When(**{SORTS[name]: ""}, then=1), default=0)
                )
            order.setdefault(name, column.desc(**last) if descending else column.asc(**last))
        return [*order.values(), "-id" if descending else "id"]


def ascending_text(order: Sequence[Any]) -> str:
    """The column of an order that begins with a text, ascending; else nothing."""
    first = order[0]
    texts = {SORTS[name] for name in TEXTS}
    return (
        str(first.expression.name)
        if isinstance(first, OrderBy) and not first.descending and first.expression.name in texts
        else ""
    )


class SortSerializer(Query):
    sort = SortField(required=False, help_text="Newest first unless said otherwise")


class DetailSerializer(Query):
    include_history = StrictBooleanField(required=False, default=False)
    include_projects = StrictBooleanField(required=False, default=False)


class ExportSerializer(Query):
    format = ChoiceField(choices=[Format.CSV.value], required=False, default="csv")
    fields = CommaField(choices=CUSTOMER_COLUMNS)  # type: ignore[assignment]
    """Columns of the export, in the order asked for."""


class AsOfSerializer(Query):
    at = MomentField(required=False, help_text="A moment (ISO 8601; UTC unless it says otherwise).")


class HistorySerializer(Query):
    limit = WholeNumberField(required=False, default=50, min_value=1)
    type = serializers.RegexField(f"^{SLUG.pattern}$", required=False)

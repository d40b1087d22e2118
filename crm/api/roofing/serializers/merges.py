"""Two customers who are made one: what is asked and told."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    RequestSerializer,
    Row,
)
from crm.api.roofing.serializers.changes import KeptSerializer
from crm.api.roofing.serializers.customers import CustomerSerializer
from customers.choices import MergeSide
from customers.models import Merge

_COLUMNS: Mapping[str, str] = {
    key: str(field.source)
    for key, field in CustomerSerializer.plan().fields.items()
    if not field.read_only
}
_KEYS = {column: key for key, column in _COLUMNS.items()}


class MergeRequestSerializer(RequestSerializer):
    """`fields` says of which customer a value stays; what isn't named goes by the rules."""

    loser = serializers.CharField(
        help_text="Who is merged away: by our id or another system's.", max_length=150
    )

    def get_fields(self) -> dict[str, Any]:
        sides = serializers.ChoiceField(choices=MergeSide.choices)
        chosen = serializers.DictField(
            child=sides,
            required=False,
            allow_empty=True,
            help_text="Field → whose value stays, by the keys of a customer.",
        )
        return {**super().get_fields(), "fields": chosen}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = attrs.get("fields", {})
        return {**attrs, "fields": {_COLUMNS.get(key, key): side for key, side in given.items()}}

    def key_of(self, name: str) -> str:
        group, _, column = name.partition(".")
        return f"{group}.{_KEYS.get(column, column)}" if column else name


def _moved(row: Row) -> dict[str, int]:
    return {label.split(".")[1].lower(): len(keys) for label, keys in row["moved"].items()}


def _fields(row: Row) -> dict[str, str]:
    return {_KEYS.get(column, column): side for column, side in row["fields"].items()}


class MergeSerializer(DomainSerializer):
    """`moved` says how many records of each kind went to the survivor."""

    id = DomainField(read_only=True)
    survivor = DomainField(source="customer", read_only=True)
    loser = DomainField(read_only=True)
    merged_at = DomainField(source="at", read_only=True)
    merged_by = DomainField(read_only=True)
    moved = ComputedField(
        _moved,
        "moved",
        schema={"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
    )
    undone_at = DomainField(read_only=True)
    undone_by = DomainField(read_only=True)
    change_set_id = DomainField(
        read_only=True, help_text="The change that can be taken back to undo the merge."
    )

    class Meta:
        model = Merge

    def get_fields(self) -> dict[str, Any]:
        sides = {"type": "object", "additionalProperties": {"enum": MergeSide.values}}
        return {**super().get_fields(), "fields": ComputedField(_fields, "fields", schema=sides)}


class DoubleBookingSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Two appointments of the one person at the same time."""

    first_id = serializers.UUIDField()
    second_id = serializers.UUIDField()
    at = serializers.DateTimeField()


class MergedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    data = CustomerSerializer()
    merge = MergeSerializer()
    double_bookings = DoubleBookingSerializer(many=True)


class UnmergedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """`kept` is what stays with the survivor: what came since, and what was changed since."""

    data = MergeSerializer()
    kept_count = serializers.IntegerField(min_value=0)
    kept = KeptSerializer(many=True, help_text="The first thousand.")

"""Consents, the wordings they are given to, and what people ask for."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from crm.api.kernel.queries import Query, WholeNumberField
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    RequestSerializer,
    Row,
)
from customers.choices import PrivacyRequestKind, PrivacyRequestStatus
from customers.models import (
    Consent,
    ConsentWording,
    Customer,
    PrivacyRequest,
    RetentionPolicy,
    WordingVersion,
)
from customers.selectors.consents import current_versions
from customers.selectors.privacy import erasure_blockers

_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_ID = {"type": ["string", "null"], "format": "uuid"}


class ConsentSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer", read_only=True)
    channel = DomainField(required=True)
    purpose = DomainField(required=True)
    granted = DomainField(required=True)
    method = DomainField(required=True, help_text="How the person said so.")
    wording = DomainField()
    wording_version_id = DomainField(
        source="shown", schema=_ID, help_text="The version of a saved wording that was shown."
    )
    proof = DomainField()
    expires_at = DomainField(schema=_MOMENT)
    recorded_by = DomainField(read_only=True)
    date = DomainField(source="at", read_only=True)

    class Meta:
        model = Consent


class ConsentWordingSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    name = DomainField()
    purpose = DomainField()
    channel = DomainField()
    language = DomainField()
    text = DomainField()
    duration_months = DomainField(source="months")
    is_active = DomainField()
    version = DomainField(read_only=True)
    version_id = ComputedField(
        lambda row: row["version_id"],
        "id",
        schema={"type": "string", "format": "uuid"},
        help_text="Of the present version: what a consent names.",
    )
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = ConsentWording

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        keys = [row["id"] for row in rows]
        versions = current_versions(actor=self.context["request"].auth).filter(wording__in=keys)
        ids = dict(versions.values_list("wording_id", "pk"))
        return [{**row, "version_id": ids[row["id"]]} for row in rows]


class WordingVersionSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    version = DomainField(source="number", read_only=True)
    text = DomainField(read_only=True)
    duration_months = DomainField(source="months", read_only=True)
    written_by = DomainField(read_only=True)
    date = DomainField(source="at", read_only=True)

    class Meta:
        model = WordingVersion


_BLOCKERS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["kind", "id", "date"],
        "properties": {
            "kind": {"type": "string"},
            "id": {"type": "string", "format": "uuid"},
            "date": {"type": "string", "format": "date-time"},
        },
    },
}


class PrivacyRequestSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer")
    kind = DomainField()
    received_at = DomainField()
    due_at = DomainField(read_only=True)
    status = DomainField(read_only=True)
    note = DomainField()
    reason = DomainField(read_only=True, help_text="Of a refusal.")
    opened_by = DomainField(read_only=True)
    closed_by = DomainField(read_only=True)
    closed_at = DomainField(read_only=True, schema=_MOMENT)
    blockers = ComputedField(
        lambda row: row["blockers"],
        *("customer_id", "kind", "status"),
        schema=_BLOCKERS,
        help_text="What forbids the erasure that is asked for, the soonest first.",
    )

    class Meta:
        model = PrivacyRequest

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        asked = {row["customer_id"] for row in rows if _asks_for_erasure(row)}
        found: dict[Any, list[dict[str, Any]]] = {key: [] for key in asked}
        if asked:
            for blocker in erasure_blockers(
                actor=self.context["request"].auth, customer_ids=list(asked)
            ):
                told = {"kind": blocker.kind, "id": blocker.row_id, "date": blocker.at}
                found[blocker.customer_id].append(told)
        return [
            {**row, "blockers": found[row["customer_id"]] if _asks_for_erasure(row) else []}
            for row in rows
        ]


def _asks_for_erasure(row: Row) -> bool:
    is_open = row["status"] == PrivacyRequestStatus.OPEN
    return bool(is_open and row["kind"] == PrivacyRequestKind.ERASURE)


class AnswerSerializer(DomainSerializer):
    """The answer to a request."""

    status = DomainField(required=True, help_text="`done` or `refused`.")
    reason = DomainField(help_text="Needed for a refusal.")
    note = DomainField()

    class Meta:
        model = PrivacyRequest


class CertificateSerializer(serializers.Serializer[Any]):
    certificate_id = serializers.UUIDField()


class RetentionPolicySerializer(DomainSerializer):
    months = DomainField(help_text="Without activity; 0: nobody is ever listed.")
    is_automatic = DomainField(help_text="Every night, without asking.")
    updated_at = DomainField(read_only=True)

    class Meta:
        model = RetentionPolicy


class DueCustomerSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    first_name = DomainField(read_only=True)
    last_name = DomainField(read_only=True)
    company_name = DomainField(read_only=True)
    email = DomainField(read_only=True)
    last_activity_at = DomainField(read_only=True)
    deleted_at = DomainField(read_only=True, schema=_MOMENT)

    class Meta:
        model = Customer


class MonthsSerializer(Query):
    months = WholeNumberField(
        required=False,
        min_value=1,
        max_value=1200,
        help_text="Instead of the policy's, to see what they would mean.",
    )


class PurgeSerializer(RequestSerializer):
    expected = serializers.IntegerField(
        min_value=0, help_text="How many are listed; refused when it isn't that many."
    )

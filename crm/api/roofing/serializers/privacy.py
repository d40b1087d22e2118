"""Consents, the wordings they are given to, and what people ask for."""

from collections.abc import Sequence

from crm.api.kernel.serializers import ComputedField, DomainField, DomainSerializer, Row
from customers.models import Consent, ConsentWording, WordingVersion
from customers.selectors.consents import current_versions

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

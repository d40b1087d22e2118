"""Two customers who may be one."""

from crm.api.kernel.serializers import DomainField, DomainSerializer
from crm.api.roofing.exceptions import EVIDENCE_SCHEMA
from customers.models import DuplicatePair


class DuplicateSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer", read_only=True)
    other_id = DomainField(source="other", read_only=True)
    score = DomainField(read_only=True)
    evidence = DomainField(
        read_only=True,
        schema=EVIDENCE_SCHEMA,
        help_text="What speaks for it, or against, and by how many points of the score.",
    )
    status = DomainField(read_only=True)
    found_at = DomainField(read_only=True)
    decided_at = DomainField(
        read_only=True, schema={"type": ["string", "null"], "format": "date-time"}
    )
    decided_by = DomainField(read_only=True)

    class Meta:
        model = DuplicatePair

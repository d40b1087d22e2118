"""The columns in which interactions leave as tables, and come back."""

from core.ui.admin.resources import DomainResource
from customers.resources import column
from interactions.models import Interaction


class InteractionResource(DomainResource):
    id = column("id")
    customer_id = column("customer_id")
    customer_external_id = column("customer__external_id", "customer_external_id")
    customer_email = column("customer__email", "customer_email")
    type = column("type")
    occurred_at = column("occurred_at")
    outcome = column("outcome")
    notes = column("notes")

    class Meta:
        model = Interaction
        fields = (
            "id",
            "customer_id",
            "customer_external_id",
            "customer_email",
            "type",
            "occurred_at",
            "outcome",
            "notes",
        )
        export_order = fields

"""The columns in which customers and projects leave as tables, and come back."""

from import_export.fields import Field

from core.ui.admin.resources import DomainResource
from customers.models import Customer, Project
from customers.services.values import PINNED, WRITABLE
from customers.tables import CUSTOMERS

_BY_NAME = {
    "assigned_to": "assigned_to__email",
    "preferred_agent": "preferred_agent__email",
    "preferred_outlet": "preferred_outlet__name",
}
_PATHS = {"referred_by": "referred_by_id", **_BY_NAME}


def column(path: str, name: str = "") -> Field:
    """A column called `name` with what stands at `path` from the row."""
    return Field(attribute=path, column_name=name or path)


def _customer_columns() -> dict[str, Field]:
    names = [
        field.name
        for field in Customer._meta.concrete_fields
        if field.name in WRITABLE or field.name in PINNED.values()
    ]
    return {
        "id": column("id"),
        **{name: column(_PATHS.get(name, name), name) for name in names},
        "tags": column("tags"),
    }


class CustomerResource(DomainResource):
    """Everything about a customer that people write; what is computed follows by itself."""

    special = {name: CUSTOMERS.columns[name] for name in ("tags", "alternative_phones")}
    locals().update(_customer_columns())

    class Meta:
        model = Customer
        fields = tuple(_customer_columns())
        export_order = fields


_WORK = ("name", "project_type", "status", "total_amount", "start_date", "completed_at", "notes")


class ProjectResource(DomainResource):
    id = column("id")
    customer_id = column("customer_id")
    customer_external_id = column("customer__external_id", "customer_external_id")
    customer_email = column("customer__email", "customer_email")
    name = column("name")
    project_type = column("project_type")
    status = column("status")
    total_amount = column("total_amount")
    start_date = column("start_date")
    completed_at = column("completed_at")
    notes = column("notes")

    class Meta:
        model = Project
        fields = ("id", "customer_id", "customer_external_id", "customer_email", *_WORK)
        export_order = fields

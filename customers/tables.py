"""Customers, projects and transactions as tables to be taken out."""

from dataclasses import replace

from django.db import models
from django.db.models import Case, F, When
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from core.exports.column_types import AMOUNT, LIST, ColumnType, national
from core.exports.tables import ExportColumn, ExportTable, column, columns, named
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.filters import CustomerFilterSet, ProjectFilterSet, TransactionFilterSet
from customers.models import Customer, Project, Transaction
from customers.selectors.customers import TAGS, customers
from customers.selectors.work import projects, transactions

_HIDDEN = {
    "organization",
    "environment",
    "version",
    "password",
    "first_key",
    "last_key",
    "company_key",
    "city_key",
    "email_key",
    "search_text",
    "sensitive_values",
}
_NAMED = [
    field.name
    for field in Customer._meta.concrete_fields
    if field.name not in _HIDDEN and not field.is_relation
]


AVERAGE = Case(
    When(project_count__gt=0, then=Round(F("lifetime_value") / F("project_count"))),
    default=0,
    output_field=models.DecimalField(max_digits=14, decimal_places=2),
)


def _national(actor: Actor) -> ColumnType:
    return national(actor.organization.default_region)


_ITSELF = columns(
    Customer,
    *_NAMED,
    "assigned_to=assigned_to_id",
    "assigned_to_email=assigned_to__email",
    "referred_by=referred_by_id",
    "preferred_agent=preferred_agent_id",
    "preferred_agent_email=preferred_agent__email",
    "preferred_outlet=preferred_outlet_id",
    "preferred_outlet_name=preferred_outlet__name",
)
_COLUMNS = _ITSELF | {
    "sensitive_custom_fields": replace(
        column(Customer, "sensitive_values"), permission=Permission.VIEW_SENSITIVE
    ),
    "alternative_phones": replace(_ITSELF["alternative_phones"], kind=LIST),
    "tags": ExportColumn(TAGS, LIST, _("Tags")),
    "average_project_value": ExportColumn(AVERAGE, AMOUNT, _("Average project value")),
    "national_phone": ExportColumn("phone", _national, _("Phone, national")),
    "national_whatsapp_number": ExportColumn("whatsapp_number", _national, _("WhatsApp, national")),
}

CUSTOMERS = ExportTable(
    "customers",
    _("Customers"),
    customers,
    CustomerFilterSet,
    _COLUMNS,
    order=("-created_at", "-id"),
    names=named(_COLUMNS)
    | {
        "phone": "national_phone",
        "whatsapp_number": "national_whatsapp_number",
        "street_address": "street",
        "zip_code": "postal_code",
        "original_source": "source",
        "email_opt_in": "notify_email",
        "sms_opt_in": "notify_sms",
        "marketing_opt_in": "marketing_consent",
        "total_value": "lifetime_value",
        "avg_project_value": "average_project_value",
        "last_interaction": "last_interaction_at",
    },
    preselected=(
        *("first_name", "last_name", "company_name", "email", "phone"),
        *("street", "city", "state", "postal_code", "status", "segment", "tags"),
        *("assigned_to_email", "lifetime_value", "last_interaction_at", "created_at"),
    ),
    usual=("first_name", "last_name", "email", "phone", "lifetime_value", "status", "segment"),
)

OF_CUSTOMER = (
    "customer_id",
    "customer_external_id=customer__external_id",
    "customer_email=customer__email",
)
OF_CUSTOMER_LABELS = {
    "customer_external_id": _("Customer's external ID"),
    "customer_email": _("Customer's e-mail"),
}
_WORK = ("name", "project_type", "status", "total_amount", "start_date", "completed_at", "notes")
_PAYMENT = ("description", "gross_amount", "currency_code", "status")
_TIMES = ("created_at", "updated_at")

_PROJECT = columns(Project, "id", *OF_CUSTOMER, *_WORK, *_TIMES, labels=OF_CUSTOMER_LABELS)

PROJECTS = ExportTable(
    "projects",
    _("Projects"),
    projects,
    ProjectFilterSet,
    _PROJECT,
    order=("-created_at", "-id"),
    names=named(_PROJECT, completed_at="completion_date"),
    preselected=("customer_email", *_WORK[:-1], "created_at"),
)

_TRANSACTION = columns(
    Transaction,
    "id",
    *OF_CUSTOMER,
    "project_id",
    "project_name=project__name",
    *_PAYMENT,
    *_TIMES,
    labels=OF_CUSTOMER_LABELS | {"project_name": _("Project name")},
)

TRANSACTIONS = ExportTable(
    "transactions",
    _("Payments"),
    transactions,
    TransactionFilterSet,
    _TRANSACTION,
    order=("-created_at", "-id"),
    names=named(_TRANSACTION, id="transaction_id"),
    preselected=("customer_email", "project_name", *_PAYMENT, "created_at"),
)

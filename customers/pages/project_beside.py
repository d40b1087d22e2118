"""What stands beside a project: whose it is, what was paid for it, and what became of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core.audit.filters import AuditConditions
from core.audit.selectors import entries
from core.identity.staff import names_by_email
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.audit_labels import Change, actor_name, changes_of
from customers.choices import ProjectStatus, TransactionStatus
from customers.filters import ProjectConditions, TransactionConditions
from customers.models import Customer, Project
from customers.pages.filters import CustomerFilters
from customers.pages.rows import CustomerRows
from customers.selectors.value import collected, paid_for
from customers.selectors.work import projects, transactions

SHOWN = 5
"""How many payments, other projects and changes."""


@dataclass(frozen=True, slots=True)
class ProjectChange:
    """What somebody did to the project, and when."""

    said: str
    by: str
    at: Any
    changes: list[Change]


def beside(actor: Actor, project: Project, customer: Customer) -> dict[str, Any]:
    """In a number of queries that doesn't grow with what there is."""
    key = customer.pk
    rows = CustomerRows(CustomerFilters(QueryDict(), actor=actor), [])
    payments = transactions(actor=actor, conditions=TransactionConditions(project_id=project.pk))
    paid = paid_for(actor=actor, project_ids=[project.pk]).get(project.pk, Decimal(0))
    others = projects(actor=actor, conditions=ProjectConditions(customer_id=key)).exclude(
        pk=project.pk
    )
    here = reverse("customers:project", args=[project.pk])
    asked: dict[str, Any] = {"project": project.pk, "next": here}
    if paid < project.total_amount:
        asked["gross_amount"] = project.total_amount - paid
    records = actor.may(Permission.MANAGE_TRANSACTIONS)
    return {
        "person": rows.of(customer),
        "paid": paid,
        "collected": collected(actor=actor, customer_id=key),
        "payments": [
            (row, TransactionStatus(row.status))
            for row in payments.order_by("-created_at", "-pk")[:SHOWN]
        ],
        "record": reverse("customers:payment-new", args=[key], query=asked) if records else "",
        "others": [
            (row, ProjectStatus(row.status))
            for row in others.order_by("-created_at", "-pk")[:SHOWN]
        ],
        "history": history(actor, project, customer),
    }


def history(actor: Actor, project: Project, customer: Customer) -> list[ProjectChange]:
    """The project's latest changes, for those who may read the audit trail."""
    if not actor.may(Permission.VIEW_AUDIT):
        return []
    of_customer = entries(actor=actor, conditions=AuditConditions(customer_id=customer.pk))
    found = list(of_customer.filter(subject_type="project", subject_id=project.pk)[:SHOWN])
    names = names_by_email(actor=actor, emails=[entry.actor_label for entry in found])
    return [
        ProjectChange(
            _("added it") if entry.action == "project.created" else _("changed it"),
            actor_name(entry.actor_kind, entry.actor_label, names),
            entry.at,
            [] if entry.action == "project.created" else changes_of(entry),
        )
        for entry in found
    ]

"""Projects and transactions: what lifetime value and activity are made of."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from core.audit.ledger import record
from core.cleaning import clean
from core.clock import now
from core.errors import Invalid
from core.rows import get_row, initial_changes, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import ProjectStatus
from customers.models import Customer, Project, Transaction
from customers.selectors.customers import locked_customer
from customers.services.figures import refresh_figures

W = TypeVar("W", Project, Transaction)


@writes(Permission.MANAGE_PROJECTS)
def create_project(*, actor: Actor, values: Mapping[str, Any]) -> Project:
    """
    A job for a customer. Raises Forbidden and Invalid. A project created completed emits
    `project.completed`.
    """
    cleaned = clean(Project, values, actor=actor, required=["customer"])
    customer = locked_customer(actor=actor, customer_id=cleaned["customer"].pk)
    project = Project.objects.new(actor, **cleaned)
    _complete(project)
    project.save(force_insert=True)
    completed = project.status == ProjectStatus.COMPLETED
    record(
        actor,
        "project.created",
        subject=project,
        customer_id=customer.pk,
        changes=initial_changes(cleaned),
        events=["project.completed"] if completed else [],
    )
    refresh_figures(actor=actor, customers=[customer])
    return project


@writes(Permission.MANAGE_PROJECTS)
def update_project(*, actor: Actor, project_id: UUID, values: Mapping[str, Any]) -> Project:
    """
    Changes a job; it stays with its customer. Raises Forbidden, NotFound and Invalid. Completing it
    emits `project.completed`.
    """
    customer, project = _locked(Project, actor=actor, key=project_id)
    cleaned = clean(Project, values, actor=actor)
    _refuse_moving(cleaned, project)
    if cleaned.get("status") == ProjectStatus.COMPLETED and not (
        cleaned.get("completed_at") or project.completed_at
    ):
        cleaned["completed_at"] = now()
    changes = save_changes(project, cleaned)
    completed = "status" in changes and project.status == ProjectStatus.COMPLETED
    if changes:
        events = ["project.completed"] if completed else []
        record(
            actor,
            "project.updated",
            subject=project,
            customer_id=project.customer_id,
            changes=changes,
            events=events,
        )
        _follow(actor, customer)
    return project


@writes(Permission.MANAGE_PROJECTS)
def move_project(
    *, actor: Actor, project_id: UUID, status: Any, completed_at: Any = None
) -> Project:
    """
    A job's next step, or one back: completing it sets the moment of completion (now unless given),
    taking that back clears it.

    Raises, and emits, as `update_project`.
    """
    _, project = _locked(Project, actor=actor, key=project_id)
    values: dict[str, Any] = {"status": status}
    if completed_at or (
        project.status == ProjectStatus.COMPLETED and status != ProjectStatus.COMPLETED
    ):
        values["completed_at"] = completed_at
    return update_project(actor=actor, project_id=project_id, values=values)


@writes(Permission.MANAGE_PROJECTS)
def delete_project(*, actor: Actor, project_id: UUID) -> None:
    """Raises Forbidden and NotFound."""
    customer, project = _locked(Project, actor=actor, key=project_id)
    record(actor, "project.deleted", subject=project, customer_id=project.customer_id)
    project.delete()
    _follow(actor, customer)


@writes(Permission.MANAGE_TRANSACTIONS)
def create_transaction(*, actor: Actor, values: Mapping[str, Any]) -> Transaction:
    """
    A payment or refund; the currency is the organization's unless given. Raises Forbidden and
    Invalid.
    """
    cleaned = clean(Transaction, values, actor=actor, required=["customer", "gross_amount"])
    cleaned.setdefault("currency_code", actor.organization.currency)
    customer = locked_customer(actor=actor, customer_id=cleaned["customer"].pk)
    transaction = Transaction.objects.add(actor, **cleaned)
    record(
        actor,
        "transaction.created",
        subject=transaction,
        customer_id=customer.pk,
        changes=initial_changes(cleaned),
    )
    refresh_figures(actor=actor, customers=[customer])
    return transaction


@writes(Permission.MANAGE_TRANSACTIONS)
def update_transaction(
    *, actor: Actor, transaction_id: UUID, values: Mapping[str, Any]
) -> Transaction:
    """
    Changes a payment (a pending one completes, a completed one is refunded). Raises Forbidden,
    NotFound and Invalid.
    """
    customer, transaction = _locked(Transaction, actor=actor, key=transaction_id)
    cleaned = clean(Transaction, values, actor=actor)
    _refuse_moving(cleaned, transaction)
    changes = save_changes(transaction, cleaned)
    if changes:
        record(
            actor,
            "transaction.updated",
            subject=transaction,
            customer_id=transaction.customer_id,
            changes=changes,
        )
        _follow(actor, customer)
    return transaction


def _locked(model: type[W], *, actor: Actor, key: UUID) -> tuple[Customer | None, W]:
    """
    The row and its customer, the customer locked first as everywhere; a deleted or erased customer
    is None.
    """
    row = get_row(model, actor=actor, key=key)
    customer = None
    if (
        row.customer_id
        and Customer.objects.for_actor(actor).filter(pk=row.customer_id, deleted_at=None).exists()
    ):
        customer = locked_customer(actor=actor, customer_id=row.customer_id)
    return customer, get_row(model, actor=actor, key=key, lock=True)


def _follow(actor: Actor, customer: Customer | None) -> None:
    if customer is not None:
        refresh_figures(actor=actor, customers=[customer])


def _refuse_moving(cleaned: dict[str, Any], row: Project | Transaction) -> None:
    if "customer" in cleaned and getattr(cleaned.pop("customer"), "pk", None) != row.customer_id:
        raise Invalid.one("customer", "immutable", "The customer can't be changed.")


def _complete(project: Project) -> None:
    if project.status == ProjectStatus.COMPLETED and project.completed_at is None:
        project.completed_at = now()

"""Projects and transactions: what lifetime value and activity are made of."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.cleaning import clean, refuse_decimals
from core.clock import now
from core.errors import Invalid
from core.rows import Versions, set_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import ProjectStatus
from customers.models import Customer, Project, Transaction
from customers.services.owned_rows import (
    Changed,
    NewRow,
    Written,
    add_rows,
    change_row,
    change_rows,
    clean_change,
    clean_new,
    create_rows,
    delete_row,
    locked_row,
    save_rows,
)


@writes(Permission.MANAGE_PROJECTS)
def create_project(*, actor: Actor, values: Mapping[str, Any]) -> Project:
    """
    A job for a customer. Raises Forbidden, NotFound and Invalid. A project created completed emits
    `project.completed`.
    """
    cleaned, customer = clean_new(Project, values, actor=actor)
    new = _new_project(actor, cleaned, customer)
    add_rows([new], actor=actor)
    project: Project = new.row
    return project


@writes(Permission.MANAGE_PROJECTS)
def create_projects(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> Written:
    """As `create_project`, for each of the rows: what it made, or what is wrong."""
    return create_rows(Project, rows, actor=actor, make=_new_project)


def _new_project(actor: Actor, cleaned: dict[str, Any], customer: Customer) -> NewRow:
    project = Project.objects.new(actor, **cleaned)
    completed = project.status == ProjectStatus.COMPLETED
    if completed and project.completed_at is None:
        project.completed_at = now()
    return NewRow(project, cleaned, customer, _completion(completed))


@writes(Permission.MANAGE_PROJECTS)
def update_project(
    *, actor: Actor, project_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Project:
    """
    Changes a job; it stays with its customer. Raises Forbidden, NotFound, Invalid and Stale.
    Completing it emits `project.completed`.
    """
    project, customer = locked_row(Project, actor=actor, key=project_id)
    cleaned = clean_change(project, values, actor=actor)
    events = _settle_completion(project, cleaned)
    change_row(
        project, cleaned, actor=actor, customer=customer, if_version=if_version, events=events
    )
    return project


@writes(Permission.MANAGE_PROJECTS)
def update_projects(*, actor: Actor, changes: Sequence[tuple[UUID, Mapping[str, Any]]]) -> Changed:
    """As `update_project`, for each id: whether anything changed, or what is wrong."""
    return change_rows(Project, changes, actor=actor, settle=_settle_completion)


def _settle_completion(project: Project, cleaned: dict[str, Any]) -> list[str]:
    """When it was completed, if it is to be; and the event, if it wasn't yet."""
    status = cleaned.get("status", project.status)
    if "status" in cleaned and status == ProjectStatus.COMPLETED:
        cleaned["completed_at"] = cleaned.get("completed_at") or project.completed_at or now()
    return _completion(status == ProjectStatus.COMPLETED != project.status)


@writes(Permission.MANAGE_PROJECTS)
def move_project(
    *, actor: Actor, project_id: UUID, status: Any, completed_at: Any = None
) -> Project:
    """
    A job's next step, or one back: completing it sets the moment of completion (now unless given),
    taking that back clears it.

    Raises, and emits, as `update_project`.
    """
    project, _ = locked_row(Project, actor=actor, key=project_id)
    values: dict[str, Any] = {"status": status}
    if completed_at or (
        project.status == ProjectStatus.COMPLETED and status != ProjectStatus.COMPLETED
    ):
        values["completed_at"] = completed_at
    return update_project(actor=actor, project_id=project_id, values=values)


@writes(Permission.MANAGE_PROJECTS)
def delete_project(*, actor: Actor, project_id: UUID, if_version: Versions = None) -> None:
    """Its payments stay, for no project. Raises Forbidden, NotFound and Stale."""
    project, customer = locked_row(Project, actor=actor, key=project_id)
    payments = Transaction.objects.for_actor(actor).filter(project=project)
    locked = payments.select_for_update(no_key=True).order_by("pk")
    save_rows(
        [(row, customer, set_changes(row, {"project": None}), ()) for row in locked], actor=actor
    )
    delete_row(project, actor=actor, customer=customer, if_version=if_version)


@writes(Permission.MANAGE_TRANSACTIONS)
def create_transaction(*, actor: Actor, values: Mapping[str, Any]) -> Transaction:
    """
    A payment or refund, perhaps for one of the customer's projects; the currency is the
    organization's unless given. Raises Forbidden, NotFound and Invalid.
    """
    cleaned, customer = clean_new(Transaction, values, actor=actor, required=["gross_amount"])
    if project := cleaned.get("project"):  # as it is now that the customer is locked
        cleaned |= clean(Transaction, {"project": project}, actor=actor)
    new = _new_transaction(actor, cleaned, customer)
    add_rows([new], actor=actor)
    transaction: Transaction = new.row
    return transaction


@writes(Permission.MANAGE_TRANSACTIONS)
def create_transactions(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> Written:
    """As `create_transaction`, for each of the rows: what it made, or what is wrong."""
    required = ["gross_amount"]
    return create_rows(Transaction, rows, actor=actor, make=_new_transaction, required=required)


def _new_transaction(actor: Actor, cleaned: dict[str, Any], customer: Customer) -> NewRow:
    refuse_project_of_another(cleaned.get("project"), customer.pk)
    cleaned.setdefault("currency_code", actor.organization.currency)
    _refuse_decimals(cleaned["gross_amount"], cleaned["currency_code"])
    return NewRow(Transaction.objects.new(actor, **cleaned), cleaned, customer)


@writes(Permission.MANAGE_TRANSACTIONS)
def update_transaction(
    *, actor: Actor, transaction_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Transaction:
    """
    Changes a payment (a pending one completes, a completed one is refunded). Raises Forbidden,
    NotFound, Invalid and Stale.
    """
    transaction, customer = locked_row(Transaction, actor=actor, key=transaction_id)
    cleaned = clean_change(transaction, values, actor=actor)
    _check_transaction(transaction, cleaned)
    change_row(transaction, cleaned, actor=actor, customer=customer, if_version=if_version)
    return transaction


@writes(Permission.MANAGE_TRANSACTIONS)
def update_transactions(
    *, actor: Actor, changes: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> Changed:
    """As `update_transaction`, for each id: whether anything changed, or what is wrong."""
    return change_rows(Transaction, changes, actor=actor, settle=_check_transaction)


def _check_transaction(transaction: Transaction, cleaned: dict[str, Any]) -> Sequence[str]:
    """Of a change; it emits nothing. Raises Invalid."""
    refuse_project_of_another(cleaned.get("project"), transaction.customer_id)
    if {"gross_amount", "currency_code"} & cleaned.keys():
        paid = {name: getattr(transaction, name) for name in ("gross_amount", "currency_code")}
        _refuse_decimals(*(paid | {name: cleaned[name] for name in paid.keys() & cleaned}).values())
    return ()


def _refuse_decimals(amount: Decimal, currency: str) -> None:
    """Raises Invalid for an amount that can't be paid in the currency."""
    try:
        refuse_decimals(amount, currency)
    except Invalid as invalid:
        raise Invalid({"gross_amount": invalid.faults[""]}) from invalid


def refuse_project_of_another(project: Project | None, customer_id: UUID | None) -> None:
    """A payment is for a project of its own customer. Raises Invalid."""
    if project is not None and project.customer_id != customer_id:
        raise Invalid.one("project", "project_of_another", "This project is another customer's.")


def _completion(completes: bool) -> list[str]:
    return ["project.completed"] if completes else []

"""
Saved replies: texts that the staff write often, with fields that are filled for one customer.

Which fields there are the apps declare (`settings.REPLY_FIELDS`), each for what it knows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.audit.ledger import record
from core.cleaning import clean
from core.errors import Invalid
from core.rows import Versions, get_row, initial_changes, refuse_stale, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer
from interactions.models import ReplyTemplate

_FIELD = re.compile(r"\{\s*(\w+)\s*\}")


@dataclass(frozen=True, slots=True)
class ReplyFields:
    """Name → what it is, for people; and the texts that stand for the names, empty if unknown."""

    labels: Mapping[str, str | Promise]
    values: Callable[[Actor, Customer], Mapping[str, str]]


CUSTOMER = ReplyFields(
    {
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "name": _("Whole name, or the company's"),
        "organization": _("The organization's name"),
    },
    lambda actor, customer: {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "name": customer.display_name,
        "organization": actor.organization.name,
    },
)


@cache
def reply_fields() -> dict[str, ReplyFields]:
    """Every field by its name."""
    declared: list[ReplyFields] = [import_string(path) for path in settings.REPLY_FIELDS]
    return {name: each for each in declared for name in each.labels}


def fill_reply(*, actor: Actor, text: str, customer: Customer) -> str:
    """The text for a customer. A field of which nothing is known stays, to be written by hand."""
    known: dict[str, str] = {}
    wanted = {name for name in _FIELD.findall(text) if name in reply_fields()}
    for each in {id(found): found for found in map(reply_fields().get, wanted) if found}.values():
        known |= each.values(actor, customer)
    return _FIELD.sub(lambda field: known.get(field[1]) or field[0], text)


@writes(Permission.LOG)
def create_reply_template(*, actor: Actor, values: Mapping[str, Any]) -> ReplyTemplate:
    """Raises Forbidden, Invalid (also for a field that there isn't) and Conflict."""
    cleaned = clean(ReplyTemplate, values, actor=actor, required=["name", "text"])
    _refuse_unknown_fields(cleaned)
    row = ReplyTemplate.objects.add(actor, **cleaned)
    record(actor, "replytemplate.created", subject=row, changes=initial_changes(cleaned))
    return row


@writes(Permission.LOG)
def update_reply_template(
    *, actor: Actor, template_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> ReplyTemplate:
    """Raises as `create_reply_template` does, NotFound and Stale."""
    row = get_row(ReplyTemplate, actor=actor, key=template_id, lock=True)
    cleaned = clean(ReplyTemplate, values, actor=actor, required={"name", "text"} & set(values))
    _refuse_unknown_fields(cleaned)
    changes = save_changes(row, cleaned, if_version=if_version)
    if changes:
        record(actor, "replytemplate.updated", subject=row, changes=changes)
    return row


@writes(Permission.LOG)
def delete_reply_template(*, actor: Actor, template_id: UUID, if_version: Versions = None) -> None:
    """What was written by it stays. Raises Forbidden, NotFound and Stale."""
    row = get_row(ReplyTemplate, actor=actor, key=template_id, lock=True)
    refuse_stale(row, if_version)
    record(actor, "replytemplate.deleted", subject=row)
    row.delete()


def _refuse_unknown_fields(cleaned: Mapping[str, Any]) -> None:
    known = reply_fields()
    unknown = [name for name in _FIELD.findall(cleaned.get("text", "")) if name not in known]
    if unknown:
        offered = ", ".join(f"{{{name}}}" for name in known)
        raise Invalid.one(
            "text",
            "unknown_field",
            f"There is no field {{{unknown[0][:50]}}}. Fields are: {offered}.",
            field=f"{{{unknown[0][:50]}}}",
            fields=offered,
        )

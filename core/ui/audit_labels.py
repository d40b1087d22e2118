"""How the audit trail sounds: what was done, to which field, with which values."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.fields.related import RelatedField
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.audit.models import AuditEntry
from core.choices import SLUG
from core.encryption import MASK
from core.fields import MoneyField, OpenChoiceField, PhoneField
from core.ids import parse_id
from core.ui.wording import day_or_moment, number, phone

BESIDE: Mapping[str, Any] = {
    "columns": _("Columns"),
    "concealed": _("Sealed entries that lost their values"),
    "created": _("Created"),
    "customers": _("Customers"),
    "device": _("Device"),
    "failed": _("Failed"),
    "identities": _("Further addresses"),
    "refused": _("Refused"),
    "route": _("Where"),
    "rows": _("Rows"),
    "skipped": _("Skipped"),
    "tags": _("Tags"),
    "times": _("Times in a quarter of an hour"),
    "updated": _("Updated"),
}
"""What is recorded beside the row's own columns."""

DOORS: Mapping[str, Any] = {
    "pages": _("Pages"),
    "admin": _("Administration"),
    "import": pgettext_lazy("where a change came from", "Import"),
    "job": _("Background work"),
    "portal": _("Portal"),
    "": _("Sign-in and commands"),
}
"""How the request came in; an API is called by its own name."""

SYSTEM: Mapping[str, Any] = {
    "schedule": _("Scheduled work"),
    "seed_demo": _("Demo data"),
    "duplicates": _("Search for duplicates"),
    "reminders": _("Reminders"),
    "scheduled messages": _("Scheduled messages"),
    "webhooks": _("Webhooks"),
    "portal": _("Customer portal"),
    "seal_audit": _("Sealing of the audit trail"),
    "verify_audit": _("Verification of the audit trail"),
    "fake gateway": _("Trial gateway"),
    "import command": _("Command line"),
    "export command": _("Command line"),
    "jobs command": _("Command line"),
    "figures command": _("Command line"),
    "write_archive command": _("Command line"),
}
"""What the product acts as, by the label of its actor."""

ERASED = "erased customer"
"""The label of whoever has no name any more."""

SECRET = ("password", "secret", "token", "digest")
"""What no value of is ever shown, should it be recorded by mistake."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field, before and after, as people read it."""

    label: str
    before: str
    after: str


def field_name(subject_type: str, name: str) -> str:
    """What a recorded field is called: as its model says."""
    column = _field_of(_models().get(subject_type), name)
    if isinstance(column, models.Field):
        return str(column.verbose_name)
    return str(BESIDE[name]) if name in BESIDE else name.replace("_", " ").capitalize()


def actor_name(kind: str, label: str, names: Mapping[str, str] | None = None) -> str:
    """
    Who acted, a customer told from the staff of the same name; `names` says what the staff are
    called, by their e-mails. Nobody passes for the product by their name.
    """
    if kind in ("system", "") and label in SYSTEM:
        return str(SYSTEM[label])
    if kind == "user" and names:
        return names.get(label, label)
    if kind == "customer" and label == ERASED:
        return gettext("Erased customer")
    if kind == "customer":
        return gettext("%(name)s (customer)") % {"name": label}
    return label or gettext("Somebody unknown")


def door_name(via: str) -> str:
    return str(DOORS.get(via, via))


def changes_of(entry: AuditEntry, names: Mapping[str, str] | None = None) -> list[Change]:
    """The entry's fields; `names` says what ids stand for."""
    model = _models().get(entry.subject_type)
    found = []
    for field, values in entry.changes.items():
        before, after = values if isinstance(values, list) and len(values) == 2 else (None, values)
        column = _field_of(model, field)
        moment = isinstance(column, models.DateTimeField)
        known = (
            (names or {})
            if column is None or isinstance(column, ForeignObjectRel | RelatedField)
            else {}
        )
        texts = [
            _word(column, value) or value_name(value, known, moment=moment)
            for value in (before, after)
        ]
        if any(word in field for word in SECRET):
            texts = [
                MASK if value else text for value, text in zip((before, after), texts, strict=True)
            ]
        found.append(Change(field_name(entry.subject_type, field), *texts))
    return found


@cache
def _models() -> dict[str, type[models.Model]]:
    """An entry's `subject_type` → the model that it names."""
    return {str(model._meta.model_name): model for model in apps.get_models()}


def _field_of(model: type[models.Model] | None, name: str) -> object:
    """The model's field of that name; None for what is recorded beside the row's own columns."""
    return (
        next((field for field in model._meta.get_fields() if field.name == name), None)
        if model
        else None
    )


def value_name(value: Any, names: Mapping[str, str], *, moment: bool = False) -> str:
    """
    A recorded value in words: ids by `names`, nothing as a dash, and a `moment` on the reader's
    clock. Only the field says what a value is: people write what they like into a text, moments and
    ids included.
    """
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list):
        return ", ".join(value_name(item, names) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {value_name(item, names)}" for key, item in value.items())
    text = str(value)
    return names.get(text) or (_moment(text) if moment else text)


def _word(column: object, value: Any) -> str:
    """What a value of a list, a phone number or an amount is elsewhere; nothing for others."""
    if not value or not isinstance(value, str):
        return ""
    if isinstance(column, OpenChoiceField):
        return str(column.words(value).label) if SLUG.fullmatch(value) else ""
    if isinstance(column, PhoneField):
        return phone(value)
    if isinstance(column, MoneyField):
        return number(Decimal(value))
    choices = dict(column.flatchoices) if isinstance(column, models.Field) else {}
    return str(choices.get(value, ""))


def ids_in(entries: list[AuditEntry]) -> set[str]:
    """Ids among the recorded values, for looking up what they stand for."""
    values = [
        value
        for entry in entries
        for pair in entry.changes.values()
        if isinstance(pair, list)
        for value in pair
    ]
    return {value for value in values if isinstance(value, str) and parse_id(value)}


def _moment(text: str) -> str:
    """
    A recorded moment on the reader's clock; the text itself where it is none that a clock can show.
    """
    try:
        return day_or_moment(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text

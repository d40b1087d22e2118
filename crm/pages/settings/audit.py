"""Reading the audit: who did what, when and from where, with the values before and after."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.selectors import services
from core.audit.filters import AuditConditions
from core.audit.models import AuditEntry
from core.audit.selectors import chain, entries_before, entry
from core.changes.services import is_undoable
from core.errors import NotFound
from core.filters import CharFilter, ChoiceFilter, ConditionFilter, ConditionsFilterSet
from core.identity.staff import people
from core.ids import new_id, parse_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.tenancy.selectors import api_keys, outlets
from core.ui.audit_labels import DOORS, actor_name, changes_of, door_name, ids_in
from core.ui.filters import FirstDayFilter, LastDayFilter
from core.ui.lists import Chip, Column, ListState
from core.ui.views import Page
from crm.pages.acts import ACTS, GROUPS, act_name
from customers.selectors.customers import customers
from customers.selectors.lookup import customer_with_email, customer_with_phone, parse_customer_id
from customers.selectors.work import projects

COLUMNS = (
    Column(gettext_lazy("When")),
    Column(gettext_lazy("Who")),
    Column(gettext_lazy("What")),
    Column(gettext_lazy("Changes")),
    Column(gettext_lazy("Came from")),
)
INSTEAD = {
    "user": gettext_lazy(
        "This can’t be undone. On the person’s page it can be changed again; who was added can be "
        "deactivated, and who was deactivated let in again."
    ),
    "apikey": gettext_lazy(
        "This can’t be undone. A key that was created can be revoked; in place of a revoked one "
        "create another."
    ),
    **dict.fromkeys(
        ("webhookendpoint", "replytemplate", "consentwording"),
        gettext_lazy("This can’t be undone. Among the settings it can be changed or added again."),
    ),
}
"""Kinds of record that undo doesn't reach → what to do."""

APIS = [(name, name) for name in ("roofing", "booking", "outlets", "messaging", "merchants")]
"""The doors that are called by their own names."""

SIZE = 50
SHOWN = 3
"""How many changes a row of the list tells; the entry tells all."""


class AuditPersonField(forms.ChoiceField):
    """A person or a key: one of those that are offered, or another one's id."""

    def clean(self, value: Any) -> UUID | None:
        return parse_id(value)


class PersonFilter(ConditionFilter):
    field_class = AuditPersonField


class AuditPageFilterSet(ConditionsFilterSet[AuditConditions]):
    customer = CharFilter("customer_id", label=gettext_lazy("Customer"))
    person = PersonFilter("actor_id", label=gettext_lazy("Who"))
    action = ChoiceFilter(
        label=gettext_lazy("What"),
        empty_label=gettext_lazy("Anything"),
        choices=[(group, list(acts.items())) for group, acts in GROUPS],
    )
    door = ChoiceFilter(
        "via",
        label=gettext_lazy("Came from"),
        empty_label=gettext_lazy("Anywhere"),
        choices=[(name, label) for name, label in DOORS.items() if name] + APIS,
    )
    first = FirstDayFilter("since", label=gettext_lazy("From"))
    last = LastDayFilter("until", label=gettext_lazy("To"))

    class Meta:
        model = AuditEntry
        conditions = AuditConditions

    def __init__(self, query: QueryDict, *, actor: Actor) -> None:
        super().__init__(query, time_zone=actor.organization.time_zone)
        self.actor = actor
        self.form.auto_id = "audit-%s"
        attributes = {"autocomplete": "off", "placeholder": _("E-mail, phone or id")}
        self.form.fields["customer"].widget.attrs |= attributes
        self.form.fields["person"].choices = [("", _("Anyone")), *_actors(actor)]

    def build_conditions(self, values: dict[str, Any]) -> AuditConditions:
        if "customer_id" in values:
            values["customer_id"] = _customer_id(self.actor, values["customer_id"])
        return super().build_conditions(values)


class Audit(Page):
    permission = Permission.VIEW_AUDIT
    template = fragment = "settings/audit.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = AuditPageFilterSet(request.GET, actor=self.actor)
        form, conditions = filterset.form, filterset.valid_conditions
        state = ListState(request)
        state.query = state.query.copy()
        state.query.pop("before", None)  # other conditions begin at the newest
        customer_id = conditions.customer_id
        before = parse_id(request.GET.get("before"))
        found = entries_before(actor=self.actor, conditions=conditions, before=before, size=SIZE)
        names = names_of(self.actor, found.rows, ids={str(customer_id)} if customer_id else set())
        context = {
            "form": form,
            "chain": chain(actor=self.actor),
            "columns": COLUMNS,
            "rows": [
                entry_context(row, names) | {"by": state.url(person=str(row.actor_id))}
                for row in found.rows
            ],
            "chips": self._chips(state, form, names, found.rows),
            "state": state,
            "newest": state.url() if before else "",
            "older": state.url(before=found.older.hex) if found.older else "",
        }
        return self.show(context)

    def _chips(
        self, state: ListState, form: forms.Form, names: dict[str, str], rows: Sequence[AuditEntry]
    ) -> list[Chip]:
        labels = {name: str(form.fields[name].label) for name in form.fields}
        people_named = {str(row.actor_id): row.actor_label for row in rows} | names
        values = {
            "person": people_named,
            "customer": names,
            "action": ACTS,
            "door": {name: str(label) for name, label in [*DOORS.items(), *APIS]},
        }
        return state.chips(labels, values)


class AuditEntryPage(Page):
    permission = Permission.VIEW_AUDIT
    template = "settings/entry.html"

    def get(self, request: HttpRequest, key: UUID) -> HttpResponse:
        row = entry(actor=self.actor, entry_id=key)
        known = entry_context(row, names_of(self.actor, [row]), every=True)
        key = row.change_set_id
        undoable = key is not None and is_undoable(actor=self.actor, set_id=key)
        return self.show(
            known | {"undoable": undoable, "instead": INSTEAD.get(row.subject_type, "")}
        )


def entry_context(row: AuditEntry, names: dict[str, str], *, every: bool = False) -> dict[str, Any]:
    """An entry in words."""
    changes = changes_of(row, names)
    return {
        "entry": row,
        "who": _who(row, names),
        "what": act_name(row.action),
        "customer": names.get(str(row.customer_id), "") if row.customer_id else "",
        "person": names.get(str(row.subject_id), "") if row.subject_type == "user" else "",
        "changes": changes if every else changes[:SHOWN],
        "more": 0 if every else max(0, len(changes) - SHOWN),
        "door": door_name(row.via),
    }


def _who(row: AuditEntry, names: dict[str, str]) -> str:
    by_name = names.get(str(row.actor_id)) if row.actor_kind == "user" else ""
    return by_name or actor_name(row.actor_kind, row.actor_label)


def names_of(
    actor: Actor, rows: Sequence[AuditEntry], ids: set[str] | None = None
) -> dict[str, str]:
    """
    What the ids in these entries stand for, where it still exists: customers, people, outlets,
    services, projects, and the staff who acted.
    """
    wanted = {
        key
        for key in ids_in(list(rows))
        | {str(row.customer_id) for row in rows if row.customer_id}
        | {str(row.subject_id) for row in rows if row.subject_type == "user"}
        | {str(row.actor_id) for row in rows if row.actor_kind == "user"}
        | (ids or set())
        if key
    }
    keys = [key for key in map(parse_id, wanted) if key]
    found: dict[str, str] = {}
    for table in (
        customers(actor=actor),
        people(actor=actor),
        outlets(actor=actor),
        services(actor=actor),
        projects(actor=actor),
    ):
        found |= {
            str(row.pk): getattr(row, "display_name", "") or getattr(row, "name", "") or str(row)
            for row in table.filter(pk__in=keys)
        }
    return found


def _customer_id(actor: Actor, text: str) -> UUID:
    """
    Whom `text` means: an id (also of one who is no more), an e-mail or a phone; for nobody an id
    that no entry has.
    """
    if (key := parse_customer_id(text)) is not None:
        return key
    try:
        find = (
            customer_with_email(actor=actor, email=text)
            if "@" in text
            else customer_with_phone(actor=actor, phone=text)
        )
    except NotFound:
        return new_id()
    return find.pk


def _actors(actor: Actor) -> list[Any]:
    """People and keys, for choosing one."""
    who = [
        (str(user.pk), user.name) for user in people(actor=actor).order_by("first_name", "email")
    ]
    machines = [
        (str(key.pk), f"{key.name} ({key.prefix}…)")
        for key in api_keys(actor=actor).order_by("name", "pk")
    ]
    return [(_("People"), who), (_("API keys"), machines)]

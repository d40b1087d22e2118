"""The rows of the customers' list: what is read of each, and the words that show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.phones import Phone
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.templatetags.ui import icon
from customers.choices import HealthBand, Segment, Status
from customers.models import Customer
from customers.pages.cells import cells_of
from customers.pages.columns import PlacedColumn
from customers.pages.filters import CustomerFilters
from customers.pages.links import of_customer
from customers.pages.reach import silence_reasons
from customers.selectors.customers import TAGS, tags_of
from customers.selectors.silence import silences

NAMED = ("first_name", "last_name", "company_name", "is_business")
REACHED = ("email", "phone", "phone_extension", "whatsapp_number", "avatar_url", "city")
MARKED = ("status", "segment", "is_blocked", "is_at_risk", "health_score")
DATED = ("last_visit_at", "last_interaction_at", "created_at", "deleted_at")
READ = ("id", *NAMED, *REACHED, *MARKED, *DATED, "lifetime_value", "assigned_to_id")
COMPUTED = {"tags": TAGS}

TAGS_SHOWN = 2


NOBODY = str(UUID(int=0))
"""Stands in addresses where a customer's id comes, so that each is made once for all rows."""

LINK = '<a href="{}" title="{}" aria-label="{}, {}">{}</a>'
ICONS = {
    "call": icon("phone"),
    "log": icon("edit"),
    "book": icon("calendar"),
    "whatsapp": icon("chat"),
    "email": icon("mail"),
}
USES = {"call": "phone", "whatsapp": "whatsapp_number", "email": "email"}
"""The address that an action uses."""


@dataclass(frozen=True, slots=True)
class RowAction:
    """What can be done about a customer from their row: a link, or the reason why there is none."""

    label: str
    icon: SafeString
    url: str
    why_not: str = ""


class CustomerRows:
    """Puts the list's rows into words, for one actor and the list that `filters` ask for."""

    def __init__(self, filters: CustomerFilters, columns: list[PlacedColumn]) -> None:
        self.filters = filters
        self.actor: Actor = filters.actor
        self.columns = columns
        query = {"list": filters.list_query} if filters.list_query else {}
        may = self.actor.may
        self.page = of_customer(NOBODY, came_from=filters.list_query)
        self.panel = _address("customer:panel", NOBODY, **query)
        self.cell = _address("customer:cell", NOBODY, "FIELD", **query)
        self.log = self.book = ""
        if may(Permission.LOG):
            self.log = _address("interactions:log", NOBODY, type="phone_call", **query)
        if may(Permission.BOOK):
            self.book = _address("appointments:book", customer=NOBODY)
        self.words = {
            "call": pgettext("verb", "Call"),
            "log": _("Log a call"),
            "book": _("Book"),
            "whatsapp": _("WhatsApp"),
            "email": _("E-mail"),
            "preview": _("Preview %(name)s"),
        }

    def all(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows (of `READ`) with their words and addresses."""
        kept = list(rows)
        silent = silences({row["id"]: row["is_blocked"] for row in kept})
        return [self._shown(row, silence_reasons(silent[row["id"]])) for row in kept]

    def _shown(self, row: dict[str, Any], unreachable: Mapping[str, str]) -> dict[str, Any]:
        called = {column: row[column] for column in (*NAMED, *REACHED)}
        name = Customer.objects.new(self.actor, **called).display_name
        person = f"{row['first_name']} {row['last_name']}".strip()
        others = (
            [row["company_name"], person, row["city"]]
            if row["is_business"]
            else [row["company_name"], row["city"]]
        )
        shown = row | {
            "name": name,
            "number": str(Phone(row["phone"], row["phone_extension"])),
            "under": next((text for text in others if text and text != name), ""),
            "all_tags": row["tags"],
            "tags": row["tags"][:TAGS_SHOWN],
            "more_tags": row["tags"][TAGS_SHOWN:],
            "status": Status(row["status"]),
            "segment": Segment(row["segment"]),
            "health": HealthBand.of(row["health_score"]),
            "unreachable": unreachable,
            "owner": self.filters.people.get(row["assigned_to_id"], "")
            if row["assigned_to_id"]
            else "",
        }
        if row["deleted_at"] is None:
            shown |= self._led_on(shown, name)
        return shown | {"cells": cells_of(shown, self.columns, self.actor)}

    def _led_on(self, row: dict[str, Any], name: str) -> dict[str, Any]:
        """Where one can go from a living customer's row."""
        key, actions = str(row["id"]), self.actions(row)
        return {
            "url": self.page.replace(NOBODY, key),
            "panel": self.panel_of(key),
            "preview": self.words["preview"] % {"name": name},
            "actions": actions,
            "links": format_html_join(
                "", LINK, ((a.url, a.label, a.label, name, a.icon) for a in actions if a.url)
            ),
        }

    def panel_of(self, customer_id: Any) -> str:
        """The address of what shows the customer beside the list."""
        return self.panel.replace(NOBODY, str(customer_id))

    def of(self, customer: Customer) -> dict[str, Any]:
        """The row of one customer, as it is now."""
        values = {name: getattr(customer, name) for name in READ}
        return self.all([values | {"tags": tags_of([customer.pk])[customer.pk]}])[0]

    def context(self) -> dict[str, Any]:
        """What the template of a row takes besides the row."""
        actor, deleted = self.actor, self.filters.conditions.deleted
        may_change = actor.may(Permission.BULK_UPDATE) and not deleted
        may_delete = actor.may(Permission.DELETE_CUSTOMERS)
        return {
            "columns": self.columns,
            "deleted": deleted,
            "may_change": may_change,
            "may_delete": may_delete,
            "may_pick": may_change or may_delete or actor.may(Permission.EXPORT),
            "may_edit": actor.may(Permission.UPDATE_CUSTOMERS) and not deleted,
            "currency": actor.organization.currency,
        }

    def actions(self, row: dict[str, Any]) -> list[RowAction]:
        """The likeliest first; what the customer isn't to be reached by has a reason for a link."""
        key, phone, email = str(row["id"]), row["phone"], row["email"]
        whatsapp = row["whatsapp_number"].lstrip("+")
        offered = {
            "call": f"tel:{phone}" if phone else "",
            "log": self.log.replace(NOBODY, key),
            "book": self.book.replace(NOBODY, key),
            "whatsapp": f"https://wa.me/{whatsapp}" if whatsapp else "",
            "email": f"mailto:{quote(email, '@')}" if email else "",
        }
        found = []
        for name, url in offered.items():
            why_not = row["unreachable"].get(USES.get(name, ""), "")
            if url:
                found.append(
                    RowAction(self.words[name], ICONS[name], "" if why_not else url, why_not)
                )
        return found


def _address(page: str, *args: Any, **query: Any) -> str:
    """Of a page that lies on a floor above; nothing where it isn't installed."""
    try:
        return reverse(page, args=args, query=query)
    except NoReverseMatch:
        return ""

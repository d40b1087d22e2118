"""The rows of the customers' list: what is read of each, and the words that show it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.phones import Phone
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import HealthBand, Segment, Status
from customers.models import Customer
from customers.pages.columns import ShownColumn
from customers.pages.filters import CustomerFilters
from customers.pages.links import of_customer
from customers.selectors.customers import TAGS, tags_of

NAMED = ("first_name", "last_name", "company_name", "is_business")
REACHED = ("email", "phone", "phone_extension", "whatsapp_number", "avatar_url", "city")
MARKED = ("status", "segment", "is_blocked", "is_at_risk", "health_score")
DATED = ("last_visit_at", "last_interaction_at", "created_at", "deleted_at")
READ = ("id", *NAMED, *REACHED, *MARKED, *DATED, "lifetime_value", "assigned_to_id")
COMPUTED = {"tags": TAGS}

TAGS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class RowAction:
    """What can be done about a customer from their row: a link."""

    label: str
    icon: str
    url: str


class CustomerRows:
    """Puts the list's rows into words, for one actor and the list that `filters` ask for."""

    def __init__(self, filters: CustomerFilters, columns: list[ShownColumn]) -> None:
        self.filters = filters
        self.actor: Actor = filters.actor
        self.columns = columns
        self.list_query = filters.list_query

    def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row (of `READ`) with its words and addresses."""
        name = Customer(**{key: value for key, value in row.items() if key != "tags"}).display_name
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
            "owner": self.filters.people.get(row["assigned_to_id"], "")
            if row["assigned_to_id"]
            else "",
        }
        if row["deleted_at"]:
            return shown
        return shown | {
            "url": of_customer(row["id"], came_from=self.list_query),
            "panel": self.panel_address(row["id"]),
            "actions": self._actions(row),
        }

    def cell_address(self) -> str:
        """What edits a value in its cell; scripts put the customer and the field into it."""
        return self._address("customer:cell", UUID(int=0), "FIELD", list=self.list_query)

    def panel_address(self, customer_id: UUID) -> str:
        """What shows the customer beside the list."""
        return self._address("customer:panel", customer_id, list=self.list_query)

    def of(self, customer: Customer) -> dict[str, Any]:
        """The row of one customer, as it is now."""
        values = {name: getattr(customer, name) for name in READ}
        return self.shown(values | {"tags": tags_of([customer.pk])[customer.pk]})

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

    def _actions(self, row: dict[str, Any]) -> list[RowAction]:
        """The likeliest first; what would write to a blocked customer isn't offered."""
        key, phone, email = row["id"], row["phone"], row["email"]
        whatsapp = row["whatsapp_number"].lstrip("+")
        offered = [(pgettext("verb", "Call"), "phone", phone and f"tel:{phone}")]
        if self.actor.may(Permission.LOG):
            log = self._address("interactions:log", key, type="phone_call", list=self.list_query)
            offered.append((_("Log a call"), "edit", log))
        if self.actor.may(Permission.BOOK):
            offered.append(
                (_("Book"), "calendar", self._address("appointments:book", customer=key))
            )
        if not row["is_blocked"]:
            offered += [
                (_("WhatsApp"), "chat", whatsapp and f"https://wa.me/{whatsapp}"),
                (_("E-mail"), "mail", email and f"mailto:{email}"),
            ]
        return [RowAction(*each) for each in offered if each[2]]

    def _address(self, page: str, *args: Any, **query: Any) -> str:
        """Of a page that lies on a floor above; nothing where it isn't installed."""
        given = {name: value for name, value in query.items() if value}
        try:
            return reverse(page, args=args, query=given)
        except NoReverseMatch:
            return ""

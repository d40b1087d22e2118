"""What can be done about a customer from their page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models import Customer
from customers.pages.links import with_list


@dataclass(frozen=True, slots=True)
class CustomerAction:
    """
    A page that does something about a customer: its name, what follows its address, and who may.
    """

    label: Any
    icon: str
    page: str
    permission: Permission
    query: str = ""
    of_customer: bool = True
    reaches: bool = False
    """Whether it writes to the customer, which a blocked one isn't."""


ACTIONS: Sequence[CustomerAction] = (
    CustomerAction(
        gettext_lazy("Log a call"), "phone", "interactions:log", Permission.LOG, "?type=phone_call"
    ),
    CustomerAction(
        gettext_lazy("Book"),
        "calendar",
        "appointments:book",
        Permission.BOOK,
        "?customer=%s",
        of_customer=False,
    ),
    CustomerAction(
        gettext_lazy("Message"),
        "chat",
        "interactions:conversation-new",
        Permission.LOG,
        reaches=True,
    ),
    CustomerAction(gettext_lazy("Follow-up"), "bell", "interactions:follow-up-new", Permission.LOG),
    CustomerAction(
        gettext_lazy("Add project"),
        "briefcase",
        "customers:project-new",
        Permission.MANAGE_PROJECTS,
    ),
    CustomerAction(
        gettext_lazy("Record payment"),
        "money",
        "customers:payment-new",
        Permission.MANAGE_TRANSACTIONS,
    ),
    CustomerAction(
        gettext_lazy("Record consents"), "shield", "customers:consents", Permission.EDIT_PREFERENCES
    ),
    CustomerAction(
        gettext_lazy("Adjust loyalty points"),
        "star",
        "customers:loyalty",
        Permission.ADJUST_LOYALTY,
    ),
    CustomerAction(
        gettext_lazy("Send a link to the portal"),
        "link",
        "customers:invite",
        Permission.UPDATE_CUSTOMERS,
    ),
    CustomerAction(gettext_lazy("Merge"), "users", "customers:merge", Permission.MERGE),
    CustomerAction(
        gettext_lazy("Data protection"), "lock", "customers:privacy", Permission.REQUEST_PRIVACY
    ),
)


def actions_of(actor: Actor, customer: Customer, came_from: str) -> list[dict[str, Any]]:
    """Those that the actor may take; one that can't be taken now has no address but says why."""
    found = []
    for action in ACTIONS:
        url = (
            with_list(reverse(action.page, args=[customer.pk]) + action.query, came_from)
            if action.of_customer
            else reverse(action.page) + action.query % customer.pk
        )
        if actor.may(action.permission):
            why_not = (
                _("This customer is blocked and gets no messages.")
                if action.reaches and customer.is_blocked
                else ""
            )
            found.append(
                {
                    "page": action.page,
                    "label": action.label,
                    "icon": action.icon,
                    "url": "" if why_not else url,
                    "why_not": why_not,
                }
            )
    return found

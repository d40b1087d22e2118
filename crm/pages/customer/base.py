"""The base of the pages about one customer: who it is, and what leads where."""

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode

from analytics.insights import FACTS
from core.errors import NotFound
from core.ui.views import Page
from crm.pages.customer.tabs import TABS
from customers.models import Customer
from customers.pages.links import list_of
from customers.pages.reach import unreachable
from customers.selectors.consents import ConsentState, consent_states
from customers.selectors.customers import customers

TIMELINE = "timeline"


class OfCustomer(Page):
    """A page about one customer, who is read once; its addresses keep the open tab and the list."""

    @cached_property
    def customer(self) -> Customer:
        """With what the rules of the advice ask of other tables. Raises NotFound."""
        key = self.kwargs["customer_id"]
        related = ("assigned_to", "preferred_agent", "preferred_outlet", "referred_by")
        rows = customers(actor=self.actor).select_related(*related).annotate(**FACTS)
        row = rows.filter(pk=key).first()
        if row is None:
            raise NotFound("Customer", key)
        return row

    @cached_property
    def came_from(self) -> str:
        """The query of the list that one came from."""
        return list_of(self.request)

    @cached_property
    def tab(self) -> str:
        """The tab that is open; from whoever may not see it, it isn't asked for."""
        asked = str(self.kwargs.get("tab") or self.request.GET.get("tab", ""))
        return asked if any(tab.name == asked for tab in TABS) else TIMELINE

    def address(self, tab: str = "", **query: Any) -> str:
        """Of the customer's page, with a tab open."""
        name = "customer:page" if tab in ("", TIMELINE) else f"customer:{tab}"
        given = {key: value for key, value in {**query, "list": self.came_from}.items() if value}
        path = reverse(name, args=[self.kwargs["customer_id"]])
        return f"{path}?{urlencode(given, doseq=True)}" if given else path

    def here(self, name: str, *args: Any, **query: Any) -> str:
        """The address of an action, which afterwards shows the page as it is now."""
        given = {
            key: value
            for key, value in {**query, "tab": self.tab, "list": self.came_from}.items()
            if value and value != TIMELINE
        }
        path = reverse(name, args=[self.kwargs["customer_id"], *args])
        return f"{path}?{urlencode(given)}" if given else path

    @cached_property
    def unreachable(self) -> dict[str, str]:
        """By which addresses the customer isn't to be reached, and why."""
        return unreachable(self.customer)

    @cached_property
    def consents(self) -> dict[str, ConsentState]:
        return consent_states(actor=self.actor, customer=self.customer)

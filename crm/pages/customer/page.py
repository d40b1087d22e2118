"""
The customer's page: who this is, what happened, what it is worth and what to do next, from every
app at once.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from core.errors import NotFound
from core.tenancy.policy import Permission
from core.ui.gate import is_fragment
from crm.pages.customer.contents import CustomerContents
from customers.filters import CustomerConditions
from customers.selectors.customers import customers
from customers.selectors.lookup import survivors_of


class CustomerPage(CustomerContents):
    """
    The whole page with one of its tabs open; htmx gets the tab alone, the older part of the
    timeline, or (for who has changed an appointment over it) all of it, the draft left alone.
    """

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            self.customer  # noqa: B018  raises NotFound
        except NotFound:
            key = self.kwargs["customer_id"]
            if kept := survivors_of(actor=self.actor, keys=[key]).get(key):
                return redirect(reverse("customer:page", args=[kept]))
            return self._deleted()
        if not is_fragment(request):
            return self.show(self.whole())
        target = getattr(request, "htmx").target  # noqa: B009
        if target == "customer":
            self.fragment = "customer/content.html"
            return self.show({**self.whole(), "keeps_draft": self.keeps_draft})
        self.fragment = "customer/older.html" if target == "older" else "customer/tab.html"
        return self.show(self.part())

    def _deleted(self) -> HttpResponse:
        """
        For those who may bring the customer back; to all others there is none. Raises NotFound.
        """
        if not (
            self.actor.may(Permission.VIEW_DELETED) and self.actor.may(Permission.DELETE_CUSTOMERS)
        ):
            raise NotFound("Customer", self.kwargs["customer_id"])
        row = (
            customers(actor=self.actor, conditions=CustomerConditions(deleted=True))
            .filter(pk=self.kwargs["customer_id"])
            .first()
        )
        if row is None:
            raise NotFound("Customer", self.kwargs["customer_id"])
        self.template = "customer/deleted.html"
        return self.show(
            {
                "customer": row,
                "restore": reverse("customers:restore", args=[row.pk]),
                "list": reverse("customers:list"),
            }
        )

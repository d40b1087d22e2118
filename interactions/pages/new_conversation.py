"""Beginning a conversation: with whom, and on which channel."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.views import FormPage, Page
from customers.filters import SEARCHED, CustomerConditions
from customers.models import Customer
from customers.selectors.customers import customer, customers
from interactions.choices import Channel
from interactions.models import Conversation
from interactions.pages.thread_changes import SubjectForm
from interactions.services import open_conversation

FOUND = 10
"""Customers that a search offers."""


class WhoWith(Page):
    """Whom a new conversation is begun with."""

    permission = Permission.LOG
    template = "interactions/who_with.html"
    fragment = "customers/found.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        search = request.GET.get("search", "").strip()[:SEARCHED]
        rows: Iterable[Customer] = ()
        if search:
            found = customers(actor=self.actor, conditions=CustomerConditions(search=search))
            rows = found.order_by("first_key", "last_key", "id")[:FOUND]
        return self.show(
            {
                "search": search,
                "found": [
                    (row, reverse("interactions:conversation-new", args=[row.pk])) for row in rows
                ],
                "may_add": self.actor.may(Permission.CREATE_CUSTOMERS),
            }
        )


class ConversationForm(ServiceForm):
    model = Conversation

    channel = forms.ChoiceField(widget=forms.RadioSelect, choices=Channel.choices)
    subject = SubjectForm.base_fields["subject"]
    is_ticket = forms.BooleanField(label=gettext_lazy("This is a ticket"), required=False)


class NewConversation(FormPage):
    """Opens a thread with a customer; the first message follows in it."""

    permission = Permission.LOG
    template = "interactions/conversation_new.html"
    form_class = ConversationForm

    @cached_property
    def customer(self) -> Customer:
        return customer(actor=self.actor, customer_id=self.kwargs["customer_id"])

    def write(self, values: dict[str, Any]) -> str:
        opened = open_conversation(
            actor=self.actor, values={**values, "customer": self.customer.pk}
        )
        return reverse("interactions:conversation", args=[opened.pk])

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"customer": self.customer}

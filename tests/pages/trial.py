"""
The smallest pages that can be: a new customer, one's edit, and an action, to prove the bases of all
pages by.
"""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path

from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.lists import ListState
from core.ui.views import FormPage, Page
from crm.urls import handler403, handler404, handler500
from crm.urls import urlpatterns as product
from customers.selectors.customers import customer
from customers.services.customers import create_customer, update_customer

__all__ = ["handler403", "handler404", "handler500"]

TRIAL = "/app/trial/"


class TrialForm(ServiceForm):
    first_name = forms.CharField(required=False)
    last_name = forms.CharField(required=False)
    email = forms.CharField(required=False)
    birthday = forms.DateField(required=False)


class New(FormPage):
    permission = Permission.CREATE_CUSTOMERS
    template = "pages/components_form.html"
    form_class = TrialForm
    success_message = "Saved."

    def write(self, values: dict[str, Any]) -> str:
        return f"{TRIAL}{create_customer(actor=self.actor, values=values).pk}/"


class Edit(New):
    permission = Permission.UPDATE_CUSTOMERS

    def row(self) -> Any:
        return customer(actor=self.actor, customer_id=self.kwargs["customer_id"])

    def write(self, values: dict[str, Any]) -> str:
        key = self.kwargs["customer_id"]
        update_customer(actor=self.actor, customer_id=key, values=values, if_version=self.version)
        return f"{TRIAL}{key}/"


class Act(Page):
    template, fragment = "pages/components_form.html", "components/toasts.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(ListState(request, sorts=["-name", "age"]).url(page=2))

    def post(self, request: HttpRequest) -> HttpResponse:
        self.actor.require(Permission.ERASE)
        return self.go("/app/account/", "Done.", undo="/app/place/")


urlpatterns = [
    path("app/trial/new/", New.as_view()),
    path("app/trial/act/", Act.as_view()),
    path("app/trial/<uuid:customer_id>/", Edit.as_view()),
    *product,
]

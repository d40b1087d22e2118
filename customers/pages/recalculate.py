"""Bringing what is computed of all customers up to date, when somebody asks for it."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.tenancy.policy import Permission
from core.ui.views import Page
from customers.services.jobs import start_recalculation


class Recalculate(Page):
    permission = Permission.UPDATE_CUSTOMERS

    def post(self, request: HttpRequest) -> HttpResponse:
        started = start_recalculation(actor=self.actor)
        return self.go(
            reverse("jobs:job", args=[started.pk]), _("Recalculating in the background.")
        )

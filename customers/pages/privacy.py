"""Data protection: what is held on a customer, and what customers ask for."""

from tempfile import TemporaryFile
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext_lazy

from core.clock import now
from core.requests.allowances import spend
from core.tenancy.policy import Permission
from core.ui.fields import MomentField
from core.ui.forms import ServiceForm
from core.ui.views import Page
from customers.choices import PrivacyRequestKind, PrivacyRequestStatus
from customers.filters import PrivacyRequestConditions
from customers.models import PrivacyRequest
from customers.pages.around import FormOfCustomer
from customers.selectors.privacy import privacy_requests
from customers.services.archive import archive_customer, archive_name
from customers.services.privacy_requests import open_privacy_request


class Archive(Page):
    """Sends everything held on a customer."""

    permission: ClassVar[Permission | None] = Permission.ARCHIVE

    def post(self, request: HttpRequest, customer_id: UUID) -> FileResponse:
        spend(self.actor, "export")
        file = TemporaryFile()  # noqa: SIM115  the answer closes it
        row = archive_customer(actor=self.actor, customer_id=customer_id, file=file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=archive_name(row))


class PrivacyRequestForm(ServiceForm):
    model = PrivacyRequest

    kind = forms.ChoiceField(
        choices=[("", gettext_lazy("Choose…")), *PrivacyRequestKind.choices],
    )
    received_at = MomentField()
    note = forms.CharField(
        max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    wide = ("note",)


class PrivacyOfCustomer(FormOfCustomer):
    """What the customer asks for, recorded; the archive; the requests so far."""

    needed = Permission.REQUEST_PRIVACY
    template = "customers/around/privacy.html"
    form_class = PrivacyRequestForm
    title = gettext_lazy("Data protection")
    submit = gettext_lazy("Record the request")
    success_message = gettext_lazy("The request is recorded.")

    def initial(self) -> dict[str, Any]:
        return {"received_at": now(), **super().initial()}

    def context(self, form: ServiceForm) -> dict[str, Any]:
        conditions = PrivacyRequestConditions(customer_id=self.kwargs["customer_id"])
        rows = privacy_requests(actor=self.actor, conditions=conditions)
        newest = rows.order_by("-received_at", "-id")
        return {"requests": [(row, PrivacyRequestStatus(row.status)) for row in newest]}

    def write(self, values: dict[str, Any]) -> str:
        open_privacy_request(actor=self.actor, values={**values, "customer": self.customer})
        return self.back

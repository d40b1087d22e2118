"""What is held on the customer, and what they ask for about it."""

from tempfile import TemporaryFile
from typing import Any, ClassVar

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.requests.allowances import spend
from core.ui.forms import ServiceForm
from crm.portal.forms import ConsentsForm, consents_wording
from crm.portal.profile import OwnForm
from crm.portal.views import PortalForm, PortalPage
from customers.choices import PrivacyRequestKind, PrivacyRequestStatus
from customers.filters import PrivacyRequestConditions
from customers.models import PrivacyRequest
from customers.selectors.portal import own_consents
from customers.selectors.privacy import erasure_blockers, privacy_requests
from customers.services.archive import archive_customer, archive_name
from customers.services.portal_profile import change_own_consents
from customers.services.privacy_requests import open_privacy_request

MOST_CONSENTS = 50


class Privacy(OwnForm):
    """Consents with their history, and the way to one's data."""

    here: ClassVar[str] = "privacy"
    template = "portal/privacy.html"
    form_class = ConsentsForm
    asked: ConsentsForm

    def context(self, form: ServiceForm) -> dict[str, Any]:
        rows = privacy_requests(actor=self.actor).order_by("-received_at", "-pk")
        return {
            "intro": consents_wording(self.organization.name),
            "history": own_consents(actor=self.actor)[:MOST_CONSENTS],
            "requests": [(row, PrivacyRequestStatus(row.status)) for row in rows[:MOST_CONSENTS]],
        }

    def _write(self, form: ServiceForm) -> str:
        assert isinstance(form, ConsentsForm)
        self.asked = form
        return super()._write(form)

    def write(self, values: dict[str, Any]) -> str:
        change_own_consents(
            actor=self.actor,
            values=values,
            wording=self.asked.wording(),
            shown={name: version.pk for name, version in self.asked.shown.items()},
            if_version=self.version,
        )
        return self.address("privacy")


class PortalDownload(PortalPage):
    """Sends everything held on the customer."""

    def post(self, request: HttpRequest, **kwargs: Any) -> FileResponse:
        spend(self.actor, "export")
        file = TemporaryFile()  # noqa: SIM115  the answer closes it
        row = archive_customer(actor=self.actor, customer_id=self.customer.pk, file=file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=archive_name(row))


class ErasureForm(ServiceForm):
    model = PrivacyRequest

    note = forms.CharField(
        label=gettext_lazy("Anything you want to tell us"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Erasure(PortalForm):
    """Asks for it; what stands in the way, and until when, is shown before."""

    here: ClassVar[str] = "privacy"
    template = "portal/erasure.html"
    form_class = ErasureForm
    success_message = gettext_lazy("We have your request, and answer it in time.")

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {
            "blockers": erasure_blockers(actor=self.actor, customer_ids=[self.customer.pk]),
            "standing": self.standing(),
        }

    def standing(self) -> PrivacyRequest | None:
        """The request that isn't answered yet."""
        conditions = PrivacyRequestConditions(
            kind=PrivacyRequestKind.ERASURE, status=PrivacyRequestStatus.OPEN
        )
        return privacy_requests(actor=self.actor, conditions=conditions).first()

    def write(self, values: dict[str, Any]) -> str:
        asked = {**values, "customer": self.customer.pk, "kind": PrivacyRequestKind.ERASURE.value}
        open_privacy_request(actor=self.actor, values=asked)
        return self.address("privacy")

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.standing() is not None:
            return self.go(self.address("privacy"), _("You have asked for this already."))
        return super().post(request, **kwargs)

"""The desk of requests under data protection law: what is due, what is in its way, answers."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.row_pages import Confirm
from core.ui.views import FormPage, Page
from customers.choices import PrivacyRequestKind, PrivacyRequestStatus
from customers.models import PrivacyRequest
from customers.selectors.privacy import erasure_blockers, privacy_request, privacy_requests
from customers.services.privacy_requests import close_privacy_request, erase_as_requested

COLUMNS = (
    Column(gettext_lazy("Customer")),
    Column(gettext_lazy("Request"), "kind"),
    Column(gettext_lazy("Due"), "due_at"),
    Column(""),
)


class DeskPage(Page):
    permission: ClassVar[Permission | None] = Permission.MANAGE_PRIVACY

    def get_row(self) -> PrivacyRequest:
        """Raises NotFound."""
        return privacy_request(actor=self.actor, request_id=self.kwargs["key"])

    def home(self) -> str:
        return reverse("settings:privacy")


class PrivacyDesk(DeskPage):
    """What is open, the most urgent first; with `answered` in the address, what was answered."""

    template = fragment = "settings/privacy.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        answered = "answered" in request.GET
        sorts = ["-closed_at", "due_at", "received_at", "kind"][0 if answered else 1 :]
        state = ListState(request, sorts=sorts)
        rows = privacy_requests(actor=self.actor)
        is_open = {"status": PrivacyRequestStatus.OPEN}
        rows = rows.exclude(**is_open) if answered else rows.filter(**is_open)
        page = state.page_of(rows, order=[state.sort, "id"], columns=["id"])
        context = {"page": page, "state": state, "columns": COLUMNS, "answered": answered}
        return self.show({**context, "entries": self.entries([row["id"] for row in page.rows])})

    def entries(self, keys: list[UUID]) -> list[dict[str, Any]]:
        """The requests of these ids, in this order, with what stands in the way of erasures."""
        found = privacy_requests(actor=self.actor).filter(pk__in=keys).select_related("customer")
        rows = {row.pk: row for row in found}
        wanted = [row.customer_id for row in rows.values() if is_erasure(row)]
        blockers = erasure_blockers(actor=self.actor, customer_ids=wanted)
        return [
            {
                "row": rows[key],
                "status": PrivacyRequestStatus(rows[key].status),
                "is_overdue": rows[key].due_at < now(),
                "is_erasure": is_erasure(rows[key]),
                "blockers": [
                    blocker
                    for blocker in blockers
                    if is_erasure(rows[key]) and blocker.customer_id == rows[key].customer_id
                ],
            }
            for key in keys
        ]


def is_erasure(row: PrivacyRequest) -> bool:
    return row.kind == PrivacyRequestKind.ERASURE and row.status == PrivacyRequestStatus.OPEN


class FinishRequest(DeskPage):
    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        close_privacy_request(
            actor=self.actor, request_id=key, values={"status": PrivacyRequestStatus.DONE}
        )
        return self.go(self.home(), _("The request is done."))


class RefusalForm(ServiceForm):
    model = PrivacyRequest

    reason = forms.CharField(
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True}),
        help_text=gettext_lazy("As the customer is told. They may complain to the authority."),
    )


class RefuseRequest(DeskPage, FormPage):
    template = "settings/privacy_refuse.html"
    form_class = RefusalForm
    success_message = gettext_lazy("The request is refused.")

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"row": self.get_row(), "back": self.home()}

    def write(self, values: dict[str, Any]) -> str:
        close_privacy_request(
            actor=self.actor,
            request_id=self.kwargs["key"],
            values={**values, "status": PrivacyRequestStatus.REFUSED},
        )
        return self.home()


class EraseCustomer(DeskPage, Confirm):
    """Erases the customer who asks for it, after a question."""

    permission = Permission.ERASE

    def question(self, key: UUID) -> dict[str, str]:
        row = self.get_row()
        blockers = erasure_blockers(actor=self.actor, customer_ids=[row.customer_id])
        days = ", ".join(date_format(localtime(blocker.at)) for blocker in blockers)
        warning = _(
            "Nothing can bring the customer back; transactions, projects and appointments "
            "stay without a name."
        )
        blocked = _(
            "This is refused while there is an upcoming appointment: %(days)s. Cancel it first."
        )
        return {
            "title": _("Erase %(name)s?") % {"name": row.customer.display_name},
            "text": blocked % {"days": days} if blockers else warning,
            "action": _("Erase the customer"),
            "back": self.home(),
        }

    def carry_out(self, key: UUID) -> str:
        certificate = erase_as_requested(actor=self.actor, request_id=key)
        said = _("The customer is erased. The certificate in the audit trail is %(id)s.")
        return said % {"id": certificate}

    def after(self) -> str:
        return self.home()

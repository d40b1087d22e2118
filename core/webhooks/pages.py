"""Webhooks: set up, looked at, tried, and sent again."""

import json
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Invalid
from core.paging import page_of
from core.rows import get_row
from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.row_pages import Confirm, show_once
from core.ui.toasts import toast
from core.ui.views import FormPage, Page
from core.webhooks.choices import DeliveryState, EndpointState, EventType, PayloadForm
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.payloads import message_id
from core.webhooks.selectors import attempts, deliveries, endpoints
from core.webhooks.services import (
    create_endpoint,
    delete_endpoint,
    replay,
    rotate_secret,
    send_test,
    update_endpoint,
)

COLUMNS = (
    Column(gettext_lazy("Address"), "url"),
    Column(gettext_lazy("Events")),
    Column(gettext_lazy("State"), "state"),
    Column(gettext_lazy("Added"), "created_at"),
)
DELIVERY_COLUMNS = (
    Column(gettext_lazy("Event"), "type"),
    Column(gettext_lazy("State"), "state"),
    Column(gettext_lazy("Attempts")),
    Column(gettext_lazy("Added"), "created_at"),
)


class WebhooksPage(Page):
    permission: ClassVar[Permission | None] = Permission.MANAGE_WEBHOOKS

    def endpoint(self) -> WebhookEndpoint:
        return get_row(WebhookEndpoint, actor=self.actor, key=self.kwargs["key"])

    def address(self) -> str:
        return reverse("settings:webhook", args=[self.kwargs["key"]])


class Webhooks(WebhooksPage):
    template = fragment = "settings/webhooks.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, sorts=["created_at", "url", "state"])
        page = page_of(
            endpoints(actor=self.actor),
            order=[state.sort, "id"],
            columns=["id", "url", "description", "event_types", "state", "created_at"],
            number=state.page,
            size=state.size,
        )
        for row in page.rows:
            row["state"] = EndpointState(row["state"])
            row["events"] = [EventType(name).label for name in row["event_types"]]
        return self.show({"page": page, "state": state, "columns": COLUMNS})


class WebhookPage(WebhooksPage):
    template = fragment = "settings/webhook.html"

    def get(self, request: HttpRequest, key: UUID) -> HttpResponse:
        row = self.endpoint()
        state = ListState(request, sorts=["-id", "type", "state", "-created_at"])
        page = page_of(
            deliveries(actor=self.actor, endpoint_id=key),
            order=[state.sort, "-id"],
            columns=["id", "type", "state", "attempts", "created_at", "next_attempt_at"],
            number=state.page,
            size=state.size,
        )
        for delivery in page.rows:
            delivery["state"] = DeliveryState(delivery["state"])
            delivery["label"] = event_name(delivery["type"])
        context = {
            "row": row,
            "state_of_row": EndpointState(row.state),
            "events": [EventType(name).label for name in row.event_types],
            "is_active": row.state == EndpointState.ACTIVE,
        }
        return self.show({**context, "page": page, "state": state, "columns": DELIVERY_COLUMNS})


def event_name(kind: str) -> str:
    return str(EventType(kind).label) if kind in EventType else _("Test")


class WebhookForm(ServiceForm):
    model = WebhookEndpoint

    url = forms.URLField(
        max_length=2000,
        assume_scheme="https",
        help_text=gettext_lazy("Where messages are posted to. It must begin with https://."),
    )
    description = forms.CharField(max_length=150, required=False)
    event_types = forms.MultipleChoiceField(
        choices=EventType,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose none to receive all."),
    )
    payload = forms.ChoiceField(choices=PayloadForm, widget=forms.RadioSelect)


class NewWebhook(WebhooksPage, FormPage):
    template = "settings/webhook_form.html"
    form_class = WebhookForm

    made: WebhookEndpoint | None = None

    def initial(self) -> dict[str, Any]:
        return {"payload": PayloadForm.THIN, **super().initial()}

    def write(self, values: dict[str, Any]) -> str:
        self.made = create_endpoint(actor=self.actor, values=values)
        return reverse("settings:webhook", args=[self.made.pk])

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = super().post(request, **kwargs)
        if self.made:
            back = reverse("settings:webhook", args=[self.made.pk])
            return show_once(self, self.made.secret, back=back, webhook=self.made)
        if response.status_code == 302:
            toast(request, _("This webhook was added already."), level="info")
        return response


class EditWebhook(WebhooksPage, FormPage):
    template = "settings/webhook_form.html"
    form_class = WebhookForm
    success_message = gettext_lazy("Saved.")

    def row(self) -> WebhookEndpoint:
        return self.endpoint()

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"row": form.row}

    def write(self, values: dict[str, Any]) -> str:
        seen = None if self.version is None else [self.version]
        update_endpoint(
            actor=self.actor, endpoint_id=self.kwargs["key"], values=values, if_version=seen
        )
        return self.address()


class SwitchWebhook(WebhooksPage):
    """Switches it off, or on again."""

    active = False

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        state = EndpointState.ACTIVE if self.active else EndpointState.SWITCHED_OFF
        update_endpoint(actor=self.actor, endpoint_id=key, values={"state": state})
        opposite = "webhook-off" if self.active else "webhook-on"
        said = _("Switched on.") if self.active else _("Switched off. Nothing is sent any more.")
        return self.go(self.address(), said, undo=reverse(f"settings:{opposite}", args=[key]))


class TestWebhook(WebhooksPage):
    __test__ = False

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        send_test(actor=self.actor, endpoint_id=key)
        return self.go(self.address(), _("A test message is on its way."))


class RotateSecret(WebhooksPage, Confirm):
    def question(self, key: UUID) -> dict[str, str]:
        self.endpoint()
        return {
            "title": _("Make a new secret?"),
            "text": _(
                "Messages are signed with the new secret and, for 24 hours more, with the present "
                "one, so that the receiver can change over without missing any."
            ),
            "action": _("Make a new secret"),
            "back": self.address(),
        }

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        row = rotate_secret(actor=self.actor, endpoint_id=key)
        return show_once(self, row.secret, back=self.address(), webhook=row)


class DeleteWebhook(WebhooksPage, Confirm):
    def question(self, key: UUID) -> dict[str, str]:
        return {
            "title": _("Delete this webhook?"),
            "text": _(
                "%(address)s gets no more events, and its log of deliveries is deleted. This "
                "can’t be undone."
            )
            % {"address": self.endpoint().url},
            "action": _("Delete the webhook"),
            "back": self.address(),
        }

    def carry_out(self, key: UUID) -> str:
        delete_endpoint(actor=self.actor, endpoint_id=key)
        return _("The webhook is deleted.")

    def after(self) -> str:
        return reverse("settings:webhooks")


class DeliveryPage(WebhooksPage):
    template = "settings/webhook_delivery.html"

    def get(self, request: HttpRequest, key: UUID) -> HttpResponse:
        row = get_row(WebhookDelivery, actor=self.actor, key=key)
        return self.show(
            {
                "row": row,
                "name": event_name(row.type),
                "state": DeliveryState(row.state),
                "message_id": message_id(row.event_id),
                "body": json.dumps(json.loads(row.body), indent=2, ensure_ascii=False),
                "attempts": attempts(actor=self.actor, delivery_id=key),
                "webhook": row.endpoint,
                "is_active": row.endpoint.state == EndpointState.ACTIVE,
            }
        )


class Replay(WebhooksPage):
    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        back = reverse("settings:webhook-delivery", args=[key])
        try:
            replay(actor=self.actor, delivery_id=key)
        except Invalid:
            toast(request, _("Switch the webhook on first."), level="error")
            return self.go(back)
        return self.go(back, _("It is on its way again."))

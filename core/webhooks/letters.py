"""Letters to those who look after webhooks: one was switched off, or works again."""

import datetime as dt
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.identity.models import User
from core.letters import send_letter
from core.tenancy.choices import Role
from core.webhooks.models import WebhookEndpoint

SWITCHED_OFF, RECOVERED = "switched_off", "recovered"

WORTH_A_LETTER = dt.timedelta(hours=1)
"""How long a webhook must have failed for its recovery to be written of."""


def ask_for_letters(endpoint_id: UUID, what: str) -> None:
    """Has the background write them, once the transaction commits."""
    task = "core.webhooks.tasks.write_to_administrators"
    transaction.on_commit(
        lambda: current_app.send_task(task, [str(endpoint_id), what]), robust=True
    )


def write_to_administrators(*, endpoint_id: UUID, what: str) -> int:
    """
    Tells the organization's administrators, in its language, what became of a webhook. Returns how
    many letters went out.
    """
    rows = WebhookEndpoint.objects.unscoped().select_related("organization")
    endpoint = rows.filter(pk=endpoint_id).first()
    if endpoint is None:
        return 0
    readers = User.objects.unscoped().filter(
        organization=endpoint.organization, role=Role.TENANT_ADMIN, is_active=True
    )
    link = settings.SITE_URL + reverse("settings:webhook", args=[endpoint.pk])
    with translation.override(endpoint.organization.language):
        subject = (
            _("A webhook was switched off") if what == SWITCHED_OFF else _("A webhook works again")
        )
        context = {"endpoint": endpoint, "link": link}
        text = render_to_string(f"settings/webhook_{what}.txt", context)
    return sum(send_letter(subject, text, reader.email) for reader in readers.order_by("pk"))

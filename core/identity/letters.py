"""Letters that tell somebody of the staff what happened to their account."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import current_app
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core.identity.models import User

LETTER = "core.identity.tasks.send_letter"
FORGOTTEN = 24 * 3600
"""Seconds after which a letter that nobody wrote isn't written any more."""

SUBJECTS = {
    "new_device": _("A sign-in from a new device"),
    "second_factor_removed": _("Your second factor was taken away"),
}
"""By kind; the text is the template `identity/<kind>.txt`."""


def post_letter(user: User, kind: str, *, site: str, **said: str) -> None:
    """
    Has `write_letter` called once the transaction has committed; a broker may be away. `said` is
    what the text tells, `site` what its links begin with.
    """
    arguments = [str(user.pk), kind, {"site": site, **said}]
    transaction.on_commit(
        lambda: current_app.send_task(LETTER, arguments, expires=FORGOTTEN), robust=True
    )


def write_letter(*, user_id: UUID, kind: str, said: dict[str, str]) -> bool:
    """Writes it, in the language and on the clock of their organization, to who may sign in."""
    user = User.objects.unscoped().select_related("organization").filter(pk=user_id).first()
    if user is None or not (user.is_active and user.organization.is_active):
        return False
    context: dict[str, object] = {"user": user, **said}
    if "at" in said:
        context["at"] = dt.datetime.fromisoformat(said["at"])
    zone = ZoneInfo(user.organization.time_zone)
    with translation.override(language_of(user)), timezone.override(zone):
        context["link"] = said["site"] + reverse("identity:account")
        text = render_to_string(f"identity/{kind}.txt", context)
        send_mail(str(SUBJECTS[kind]), text.strip() + "\n", None, [user.email])
    return True


def language_of(user: User) -> str:
    """The organization's, where the product speaks it."""
    language = user.organization.language[:2]
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

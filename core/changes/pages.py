"""Taking changes back from a toast, a job or the audit."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.changes.restoring import restorers
from core.changes.services import Undone, undo_change_set
from core.jobs.models import Job
from core.ui.gate import safe_next
from core.ui.views import Page

REASONS = {
    "changed": gettext_lazy("Somebody has changed this since."),
    "since": gettext_lazy("This came later, and stays."),
    "used": gettext_lazy("Other records refer to this by now."),
    "undone": gettext_lazy("This is as it was already."),
    "gone": gettext_lazy("This, or what it referred to, is gone."),
    "left": gettext_lazy("What was sent can’t be taken back."),
    "not_recorded": gettext_lazy("What this was isn’t recorded."),
    "final": gettext_lazy("This can’t be undone."),
}
"""Of others the domain's own sentence is shown."""


class Undo(Page):
    """
    Back to where one was, when all is as before; else a page that names what was left as it is.
    """

    template = "changes/undone.html"

    def post(self, request: HttpRequest, set_id: UUID) -> HttpResponse:
        result = undo_change_set(actor=self.actor, set_id=set_id)
        if isinstance(result, Job):
            return self.go(
                reverse("jobs:job", args=[result.pk]), _("The changes are being undone.")
            )
        if result.kept:
            rows = left_rows(result)
            return self.show({"result": result, "rows": rows, "heading": restored_message(result)})
        here = safe_next(request, request.META.get("HTTP_REFERER", ""))
        again = reverse("changes:undo", args=[result.change_set])
        return self.go(here or reverse("customers:list"), restored_message(result), undo=again)


def left_rows(result: Undone) -> list[dict[str, Any]]:
    """What was left as it is, as the page names it."""
    return [
        row
        | {
            "name": _record_name(row["type"]),
            "reason": REASONS.get(row["code"], row["message"]),
            "moment": parse_datetime(row["at"] or ""),
        }
        for row in result.kept
    ]


def restored_message(result: Undone) -> str:
    """How many records are as they were."""
    n = result.restored
    if not n:
        return _("Nothing was undone.")
    told = ngettext("%(n)s record is as it was.", "%(n)s records are as they were.", n)
    return told % {"n": n}


def _record_name(kind: str) -> str:
    restorer = restorers().get(kind)
    return capfirst(str(restorer.model._meta.verbose_name if restorer else kind))

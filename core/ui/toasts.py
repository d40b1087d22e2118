"""Short messages after an action, with an Undo where the action can be taken back."""

from django.contrib import messages
from django.http import HttpRequest

PROGRESS = 22
"""Between information and success: work that goes on in the background."""

LEVELS = {
    "success": messages.SUCCESS,
    "info": messages.INFO,
    "warning": messages.WARNING,
    "error": messages.ERROR,
    "progress": PROGRESS,
}


def toast(request: HttpRequest, text: str, *, level: str = "success", undo: str = "") -> None:
    """
    Shows `text` on the page that comes next, or with the fragment that is being answered.

    `undo` is the address that a POST of the toast's button goes to. `level` is success, info,
    warning or error.
    """
    messages.add_message(request, LEVELS[level], text, extra_tags=undo)


def progress_toast(request: HttpRequest, text: str, *, job: str) -> None:
    """`text`, and how far the job is whose page is at the address `job`; then its Undo."""
    messages.add_message(request, PROGRESS, text, extra_tags=job)

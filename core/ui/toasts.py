"""Short messages after an action, with an Undo where the action can be taken back."""

from django.contrib import messages
from django.http import HttpRequest

LEVELS = {
    "success": messages.SUCCESS,
    "info": messages.INFO,
    "warning": messages.WARNING,
    "error": messages.ERROR,
}


def toast(request: HttpRequest, text: str, *, level: str = "success", undo: str = "") -> None:
    """
    Shows `text` on the page that comes next, or with the fragment that is being answered.

    `undo` is the address that a POST of the toast's button goes to. `level` is success, info,
    warning or error.
    """
    messages.add_message(request, LEVELS[level], text, extra_tags=undo)

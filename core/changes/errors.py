"""What forbids taking something back."""

from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict


class StillChanging(StateConflict):
    """The job whose changes these are hasn't ended."""

    message = "These changes are still being made; wait until the job has ended, or cancel it."
    label = _("These changes are still being made. Wait until the job has ended, or cancel it.")

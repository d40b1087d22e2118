"""What forbids an import's next step."""

from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict


class NotChecked(StateConflict):
    """Its check goes on, has failed or was called off."""

    message = "The file isn't checked yet, or its check has failed"
    label = _("The file isn't checked yet, or its check has failed.")


class AlreadyRun(StateConflict):
    """What was decided about a file can't be changed when its rows are being written."""

    message = "This import has been started already; undo it, or upload the file again"
    label = _("This import has been started already; undo it, or upload the file again.")


class NotRun(StateConflict):
    """Nothing of it is written."""

    message = "Nothing of this import is written, so there is nothing to take back"
    label = _("Nothing of this import is written, so there is nothing to take back.")

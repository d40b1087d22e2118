"""What messages can be in the way of."""

from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict


class NeverSent(StateConflict):
    """The message was received, or only noted: no gateway has it, so none can say how it went."""

    message = "The message was not handed to a gateway, so nothing can be reported of it"
    label = _("This message was not handed to a gateway.")
    field = "status"


class AlreadySent(StateConflict):
    """A message that was to be sent later has been sent or cancelled meanwhile."""

    message = "The message was sent or cancelled already"
    label = _("This message was sent or cancelled already.")
    field = "status"

"""What work on customers can be refused for, beside what any noun can."""

from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict


class RequestAnswered(StateConflict):
    """The privacy request is done or refused already."""

    message = "This request is answered already"
    label = _("This request is answered already.")
    field = "status"


class NoErasureAsked(StateConflict):
    """The privacy request asks for something else than erasure."""

    message = "This request doesn't ask for erasure"
    label = _("This request doesn’t ask for erasure.")
    field = "kind"

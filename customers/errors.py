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


class PortalClosed(StateConflict):
    """The organization lets no customers in."""

    message = "The portal is closed"
    label = _("The portal is closed. An administrator can open it in the settings.")


class PortalNotForCustomer(StateConflict):
    """This customer can't be in the portal."""

    message = "This customer can't use the portal: an e-mail is needed, and not to be blocked"
    label = _("The portal needs an e-mail, and isn't open to blocked customers or in TEST.")


class ReviewChanged(StateConflict):
    """Those who were to be erased aren't as many as the person saw."""

    message = "The list has changed since it was reviewed; look again"
    label = _("The list has changed since you looked. Look again.")
    field = "expected"

"""What work on customers can be refused for, beside what any noun can."""

from collections.abc import Sequence
from typing import Any

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


class CannotMerge(StateConflict):
    """These two can't be made one; says why."""

    message = "These customers can't be merged"
    label = _("These customers can’t be merged.")
    field = "loser"


class MergedWithItself(CannotMerge):
    message = "This is the same customer"
    label = _("This is the same customer. Choose another one.")


class MergedAlready(CannotMerge):
    message = "This customer is merged already"
    label = _("This customer is merged already.")


class MergingDeleted(CannotMerge):
    message = "This customer is deleted; restore them first"
    label = _("This customer is deleted. Restore them first.")


class CannotUnmerge(StateConflict):
    """A merge can't be undone, or not yet; says why."""

    message = "This merge can't be undone"
    label = _("This merge can’t be undone.")


class UnmergedAlready(CannotUnmerge):
    message = "This merge is undone already"
    label = _("This merge is undone already.")


class MergedFurther(CannotUnmerge):
    message = "The customer who was kept was merged into another one since; undo that merge first"
    label = _("The customer who was kept was merged into another one since. Undo that merge first.")


class SurvivorDeleted(CannotUnmerge):
    message = "The customer who was kept is deleted; restore them first"
    label = _("The customer who was kept is deleted. Restore them first.")


class MergeTooOld(CannotUnmerge):
    message = "It is too long ago to be undone"
    label = _("It is too long ago to be undone.")


class LikelyDuplicates(StateConflict):
    """
    Who is to be created looks like somebody who is there, and the client asked to be refused then.
    `found` names them (`customer_id`, `score`, `evidence`) to those who may see customers.
    """

    message = "A customer who looks like this one exists already"
    label = _("Someone who looks like this exists already.")

    def __init__(self, found: Sequence[dict[str, Any]] = ()) -> None:
        self.found = found
        super().__init__()

"""Interactions: logged calls, mails and visits."""

from crm.api.kernel.words import Word, Words
from crm.api.roofing.base import ResourceItem, ResourceList
from interactions import services
from interactions.filters import InteractionFilterSet
from interactions.models import Interaction
from interactions.selectors import interactions


class InteractionWords(Words):
    id = Word(read_only=True)
    customer_id = Word("customer")
    type = Word()
    date = Word("occurred_at")
    notes = Word()
    outcome = Word()
    created_by = Word(read_only=True)
    created_by_email = Word(
        "created_by__email", read_only=True, schema={"type": ["string", "null"]}
    )
    created_at = Word(read_only=True)
    updated_at = Word(read_only=True)

    class Meta:
        model = Interaction


class InteractionBase:
    noun = "Interaction"
    words_class = InteractionWords
    rows = staticmethod(interactions)
    filterset_class = InteractionFilterSet
    order = ("-occurred_at", "-id")
    create = services.log_interaction
    update = services.update_interaction
    delete_row = services.delete_interaction
    key = "interaction_id"


class InteractionsList(InteractionBase, ResourceList):
    pass


class InteractionItem(InteractionBase, ResourceItem):
    pass

"""Which interactions and conversations: the conditions of their lists, exports and bulk work."""

from dataclasses import dataclass
from uuid import UUID

from core.conditions import Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionConditions(Conditions):
    customer_id: UUID | None = None
    type: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationConditions(Conditions):
    customer_id: UUID | None = None
    status: str | None = None
    channel: str | None = None
    is_ticket: bool | None = None

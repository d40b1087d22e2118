"""Who may be written to, and on which channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from customers.models import Consent


@dataclass(frozen=True, slots=True)
class Silence:
    """What keeps a customer from being written to."""

    is_blocked: bool
    withdrawn: frozenset[str]
    """Channels whose latest word in the ledger of consents takes consent back."""

    def on(self, channel: str) -> str:
        """
        Why the customer gets no message on the channel: `blocked`, or `withdrawn` (a channel never
        granted isn't). Empty when they may be written to.
        """
        if self.is_blocked:
            return "blocked"
        return "withdrawn" if channel in self.withdrawn else ""


def silences(blocked: Mapping[UUID, bool]) -> dict[UUID, Silence]:
    """Of each customer of `blocked` (id → whether blocked), in one query."""
    open_to_all = [key for key, is_blocked in blocked.items() if not is_blocked]
    ledger = Consent.objects.unscoped().filter(customer__in=open_to_all).order_by("at", "id")
    latest = {
        (key, channel): granted
        for key, channel, granted in ledger.values_list("customer_id", "channel", "granted")
    }
    withdrawn: dict[UUID, set[str]] = {key: set() for key in blocked}
    for (key, channel), granted in latest.items():
        if not granted:
            withdrawn[key].add(channel)
    return {
        key: Silence(is_blocked, frozenset(withdrawn[key])) for key, is_blocked in blocked.items()
    }

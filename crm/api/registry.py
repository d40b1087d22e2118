"""The dialects that the product speaks: adding one begins with a line here."""

from dataclasses import dataclass

from crm.api.booking.exceptions import BOOKING
from crm.api.kernel.exceptions import Dialect
from crm.api.merchants.exceptions import MERCHANTS
from crm.api.messaging.exceptions import MESSAGING
from crm.api.outlets.exceptions import OUTLETS
from crm.api.roofing.exceptions import ROOFING


@dataclass(frozen=True, slots=True)
class DialectEntry:
    """
    A dialect, what it is, and the path prefixes under which it answers for every failure. Its
    package is `crm.api.<name>`.
    """

    dialect: Dialect
    title: str
    prefixes: tuple[str, ...]


ENTRIES = (
    DialectEntry(ROOFING, "the native API", ("/api",)),
    DialectEntry(
        BOOKING, "the booking widget's API", ("/api/customers/retrieve", "/api/customers/delete")
    ),
    DialectEntry(OUTLETS, "the salon chain's API", ("/api/v1",)),
    DialectEntry(MESSAGING, "the support desk's API", ("/api/v2",)),
    DialectEntry(MERCHANTS, "the merchants' API", ("/customers",)),
)

DIALECTS = {entry.dialect.name: entry.title for entry in ENTRIES}


def dialect_of(path: str) -> Dialect | None:
    """
    The dialect that answers for `path`: the one with the longest prefix of it; None for pages.
    """
    fitting = [
        (len(prefix), entry.dialect)
        for entry in ENTRIES
        for prefix in entry.prefixes
        if path == prefix or path.startswith(f"{prefix}/")
    ]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None

"""The dialects that the product speaks: adding one begins with a line here."""

from dataclasses import dataclass

from crm.api.kernel.dialects import Dialect
from crm.api.roofing.errors import ROOFING


@dataclass(frozen=True, slots=True)
class Entry:
    """A dialect, what it is, and the path prefixes under which it answers for every failure. Its package is `crm.api.<name>`."""

    dialect: Dialect
    title: str
    prefixes: tuple[str, ...]


ENTRIES = (Entry(ROOFING, "the native API", ("/api",)),)

DIALECTS = {entry.dialect.name: entry.title for entry in ENTRIES}


def dialect_of(path: str) -> Dialect | None:
    """The dialect that answers for `path`: the one with the longest prefix of it; None for pages."""
    fitting = [
        (len(prefix), entry.dialect) for entry in ENTRIES for prefix in entry.prefixes if path == prefix or path.startswith(f"{prefix}/")
    ]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None

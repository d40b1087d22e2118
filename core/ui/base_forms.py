"""What the forms of the pages and of the admin have in common."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from core.errors import Conflict, DomainError, Fault, Invalid, StateConflict


class DomainForm:
    """
    A form whose values go to one service. Validating it asks whether they can be read, and writes
    nothing; what the service then refuses is put beside the fields it concerns (`refuse`), with
    what was typed. `word` says how an error sounds.
    """

    fields: dict[str, Any]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(with_line_feeds(data), *args, **kwargs)  # type: ignore[call-arg]

    def values(self) -> dict[str, Any]:
        """The domain's field → value, as the service takes them."""
        raise NotImplementedError

    def word(self, error: DomainError | Fault) -> str:
        return error.message

    def refuse(self, error: DomainError) -> None:
        """What concerns no field of this form stands above it."""
        if isinstance(error, Invalid):
            for name, faults in error.faults.items():
                for fault in faults:
                    self._put(name, self.word(fault))
        elif isinstance(error, Conflict):
            self._put(error.field, self.word(error))
        else:
            self._put(error.field if isinstance(error, StateConflict) else "", self.word(error))

    def _put(self, name: str, message: str) -> None:
        if name in self.fields:
            self.add_error(name, message)  # type: ignore[attr-defined]
        else:
            self.add_error(None, f"{name}: {message}" if name else message)  # type: ignore[attr-defined]


def with_line_feeds(data: Any) -> Any:
    r"""
    What a form sends, its line ends as they were in the field: browsers send `\r\n` (HTML, "form
    data set"), which would be a change, and count twice.
    """
    if not isinstance(data, QueryDict) or not any("\r" in item for item in _texts(data)):
        return data
    mended = data.copy()
    for name, items in data.lists():
        mended.setlist(name, [item.replace("\r\n", "\n") for item in items])
    return mended


def _texts(data: QueryDict) -> Iterator[str]:
    for _name, items in data.lists():
        yield from items


def mark_of(row: Any) -> str:
    """What changes whenever the row does."""
    for name in ("version", "updated_at"):
        if hasattr(row, name):
            return str(getattr(row, name))
    return ""

"""Putting what the domain refuses beside the fields it concerns, in any form of the staff's."""

from typing import Any

from core.errors import Conflict, DomainError, Fault, Invalid, StateConflict


class Refusals:
    """For forms whose last step of validation is a service; `word` says how an error sounds."""

    fields: dict[str, Any]

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

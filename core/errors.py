"""
What can go wrong, in the domain's own words.

A door never invents an error and the domain never words one for the wire: each dialect holds a
table from these classes to its documented status, code and sentence. `Fault` names what is wrong
with one value, by a code that dialects can reword.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar
from uuid import UUID

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing wrong with one value: a stable code, an English sentence, and the figures that the
    sentence uses.
    """

    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)


class DomainError(Exception):
    """
    Base of all errors that a door answers; `str()` is a sentence for people. It may have places
    that `params` fill: who translates does so with the `sentence` as it was before.
    """

    message = "The request can't be fulfilled."

    def __init__(self, message: str = "", **params: object) -> None:
        self.sentence, self.params = message or self.message, params
        self.message = self.sentence % params if params else self.sentence
        super().__init__(self.message)


class Unauthenticated(DomainError):
    """No credential, or one that isn't valid (any more)."""

    message = "Authentication required"


class CodeRequired(Unauthenticated):
    """
    The password is right, and the account has a second factor. `ticket` proves the password for a
    few minutes, so that a door can ask for the code in a second step.
    """

    message = "A code of your second factor is required"

    def __init__(self, ticket: str) -> None:
        self.ticket = ticket
        super().__init__()


class CodeRefused(Unauthenticated):
    """The code of the second factor is wrong, too old or used up."""

    message = "This code of your second factor is wrong or was used before"


class Forbidden(DomainError):
    """The credential is good; its role or scopes don't permit this."""

    message = "You do not have permission to perform this action"


class SecondFactorMissing(Forbidden):
    """The organization asks people of this role for a second factor, and there is none yet."""

    message = (
        "Your organization requires a second factor for your role: set it up on your account page"
    )


class NotFound(DomainError):
    """
    No such row among those that the actor may see; `noun` is what was looked for, `key` what it was
    looked for by.
    """

    def __init__(self, noun: str, key: object = "") -> None:
        self.noun = noun
        self.key = key
        super().__init__(f"{noun} not found")


class Malformed(DomainError):
    """
    The request can't be read at all: broken JSON, a body that isn't an object, an id that isn't
    one.
    """

    message = "The request could not be read"


class MalformedId(Malformed):
    """
    The path's identifier isn't one of ours in form, nor another system's that is known here; `noun`
    is what it should identify. To a client whose ids are another system's that is who isn't there.
    """

    def __init__(self, noun: str, key: object = "") -> None:
        self.noun = noun
        self.key = key
        super().__init__(f"Invalid {noun.lower()} ID format")


class Invalid(DomainError):
    """Values that break a rule: field (in the domain's words, dotted when nested) → faults."""

    def __init__(self, faults: Mapping[str, Sequence[Fault]]) -> None:
        self.faults = {name: list(items) for name, items in faults.items()}
        super().__init__(
            "; ".join(
                f"{name}: {item.message}" for name, items in self.faults.items() for item in items
            )
        )

    @classmethod
    def one(cls, name: str, code: str, message: str, **params: object) -> "Invalid":
        return cls({name: [Fault(code, message, params)]})


class collecting:  # noqa: N801  read as the function that it is used as
    """What is refused inside is added to `faults` instead of raised."""

    __slots__ = ("faults",)

    def __init__(self, faults: dict[str, list[Fault]]) -> None:
        self.faults = faults

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Invalid):
            self.faults |= error.faults
            return True
        return False


@contextmanager
def every_fault(*checks: Callable[[], object]) -> Iterator[None]:
    """
    What is refused inside is refused with all that the `checks` find wrong, too, so that nobody is
    told of one fault after another. Nothing is checked twice unless something is wrong.
    """
    try:
        yield
    except Invalid as first:
        faults = {**first.faults}
        for check in checks:
            with collecting(faults):
                check()
        raise Invalid(faults) from first


class Conflict(DomainError):
    """
    A uniqueness rule of the database refused the write; `noun` and `field` say which.

    `find_customer` finds the living customer who has the value, for those who may know it.
    """

    def __init__(
        self, noun: str, field: str, find_customer: Callable[[], UUID | None] | None = None
    ) -> None:
        self.noun = noun
        self.field = field
        self._find_customer = find_customer
        super().__init__(f"{noun} with this {field.replace('_', ' ')} already exists")

    @cached_property
    def customer_id(self) -> UUID | None:
        """
        Who has the value already, asked for once, in a statement of its own: read it when the
        refused transaction is over. None where nobody (any more) has it, or the actor may not know.
        """
        return self._find_customer() if self._find_customer else None


class InUse(DomainError):
    """Other rows still refer to the one to be deleted."""

    message = "Still in use"


class StateConflict(DomainError):
    """
    What is asked for is in order, but the state of other rows forbids it. The base of the errors
    that an app declares in its own `errors.py`; `field` is what it concerns, `label` the sentence
    that pages show, translated.
    """

    field: ClassVar[str] = ""
    label: ClassVar[str | Promise] = ""


class Stale(DomainError):
    """The row has changed since the version that the client named (RFC 9110, If-Match)."""

    message = "The record has been changed by someone else; read it again"


class IdempotencyMismatch(DomainError):
    """The Idempotency-Key was used before with another request."""

    message = "This Idempotency-Key was used with a different request"


class RateLimited(DomainError):
    """The allowance is used up; `retry_after` is in seconds."""

    message = "Rate limit exceeded"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__()


class MethodNotAllowed(DomainError):
    message = "Method not allowed"


class UnsupportedMediaType(DomainError):
    message = "Unsupported media type; send application/json"


class LengthRequired(DomainError):
    """The body's length isn't known, and whoever took the request can't read it without."""

    message = "Send the body with a Content-Length"


class TooLarge(DomainError):
    message = "The request body is too large"


class NotReady(DomainError):
    """What is asked for is still being made."""

    message = "Not ready yet"


class Gone(DomainError):
    """What is asked for was there once, and isn't any more."""

    message = "No longer available"


class Unavailable(DomainError):
    """The database didn't answer, or not in time; nothing was done. The cause is in the log."""

    message = "This took too long or couldn't be reached. Try again a little later"


class Unexpected(DomainError):
    """
    A defect or an outage; the cause is in the log under the request's id, never in the answer.
    """

    message = "Internal server error"

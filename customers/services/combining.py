"""
What one customer has of two who turned out to be the same person: which value each column takes,
and why. The service that merges and the page that asks beforehand read the same rules here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.errors import Fault, Invalid
from core.text import not_one_of
from customers.choices import CONSENT_FIELDS, ConsentAnswer, MergeSide
from customers.models import Customer
from customers.models.customer import check_custom_fields, check_short_texts
from customers.selectors.consents import ConsentState
from customers.sensitive import reveal
from customers.services.values import PINNED, WRITABLE

GOES_WITH = {
    "phone_extension": "phone",
    "block_reason": "is_blocked",
    "is_deactivated": "status",
    **{pin: name for name, pin in PINNED.items()},
}
"""Column → the one whose value it belongs to."""

ADDRESS = ("street", "city", "state", "postal_code", "country", "latitude", "longitude")
"""One place: its columns are of one customer, unless somebody chooses otherwise."""

PLACE = ("street", "city", "postal_code")
"""Who has none of these has no address."""

CHOOSABLE = WRITABLE - CONSENT_FIELDS.keys() - GOES_WITH.keys()
"""Columns of which somebody may choose whose value stays."""

MOST_PHONES = 20


class WhyKept(models.TextChoices):
    """Why a value is the one that stays."""

    CHOSEN = "chosen", _("chosen")
    ONLY = "only", _("only one has it")
    EARLIER = "earlier", _("the earlier")
    JOINED = "joined", _("both together")
    PLACE = "place", _("goes with the address")
    KEPT = "kept", _("of the customer who is kept")


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose value of a column stays (None: of both), and why."""

    side: MergeSide | None
    reason: WhyKept


def check_fields(fields: Mapping[str, Any]) -> dict[str, MergeSide]:
    """Column → side, as chosen. Raises Invalid, its faults under `fields.<column>`."""
    faults: dict[str, list[Fault]] = {}
    chosen: dict[str, MergeSide] = {}
    for name, side in fields.items():
        if name not in CHOOSABLE:
            message = "This can't be chosen when customers are merged."
            faults[f"fields.{name}"] = [Fault("unknown", message)]
        elif side not in MergeSide.values:
            message = not_one_of(side, MergeSide.values)
            faults[f"fields.{name}"] = [Fault("invalid_choice", message)]
        else:
            chosen[name] = MergeSide(side)
    if faults:
        raise Invalid(faults)
    return chosen


def differing(survivor: Customer, loser: Customer) -> list[str]:
    """The columns in which they differ, of those that can be chosen, in the model's order."""
    return [
        field.name
        for field in Customer._meta.concrete_fields
        if field.name in CHOOSABLE and _value(survivor, field.name) != _value(loser, field.name)
    ]


def choose(
    name: str, survivor: Customer, loser: Customer, fields: Mapping[str, MergeSide]
) -> Choice:
    """Whose value of a column in which they differ stays."""
    if name in fields:
        return Choice(fields[name], WhyKept.CHOSEN)
    if name in ADDRESS:
        placed = [any(getattr(row, each) for each in PLACE) for row in (survivor, loser)]
        if any(placed):
            side = MergeSide.SURVIVOR if placed[0] else MergeSide.LOSER
            return Choice(side, WhyKept.PLACE if all(placed) else WhyKept.ONLY)
    lacking = [_lacks(row, name) for row in (survivor, loser)]
    if lacking == [True, False]:
        return Choice(MergeSide.LOSER, WhyKept.ONLY)
    if lacking == [False, True]:
        return Choice(MergeSide.SURVIVOR, WhyKept.ONLY)
    if name == "customer_since":
        earlier = loser if loser.customer_since < survivor.customer_since else survivor
        side = MergeSide.LOSER if earlier is loser else MergeSide.SURVIVOR
        return Choice(side, WhyKept.EARLIER)
    if name in _JOINED:
        return Choice(None, WhyKept.JOINED)
    return Choice(MergeSide.SURVIVOR, WhyKept.KEPT)


def combined_columns(
    survivor: Customer, loser: Customer, fields: Mapping[str, MergeSide]
) -> dict[str, Any]:
    """
    The columns that the survivor is to have, of those that become others, without consents. Raises
    Invalid (what both hold is too much together).
    """
    columns: dict[str, Any] = {}
    faults: dict[str, list[Fault]] = {}
    for name in differing(survivor, loser):
        side = choose(name, survivor, loser, fields).side
        try:
            if side is None:
                columns[name] = _JOINED[name](survivor, loser)
            elif name == "custom_fields":
                columns[name] = _with_all_fields(
                    *((loser, survivor) if side == MergeSide.LOSER else (survivor, loser))
                )
            elif side == MergeSide.LOSER:
                columns[name] = getattr(loser, name)
        except ValidationError as error:
            message = f"Of both together: {error.messages[0]}"
            faults[f"fields.{name}"] = [Fault("too_long", message)]
    if faults:
        raise Invalid(faults)
    for name, leading in GOES_WITH.items():
        if leading in columns:
            columns[name] = getattr(loser, name)
    referrer = loser if "referred_by" in columns else survivor
    if referrer.referred_by_id in (survivor.pk, loser.pk):
        columns["referred_by"] = None  # nobody refers themselves
    return columns | _account(survivor, loser, columns)


def strictest(
    survivor: Mapping[str, ConsentState], loser: Mapping[str, ConsentState]
) -> dict[str, bool]:
    """
    Preference → what holds of one who said both: a withdrawal before a grant, whichever was later.
    Who was never asked, or whose consent has ended, has said nothing.
    """
    found: dict[str, bool] = {}
    for name in CONSENT_FIELDS:
        answers = {survivor[name].answer, loser[name].answer}
        refused = ConsentAnswer.WITHDRAWN in answers
        found[name] = not refused and ConsentAnswer.GRANTED in answers
    return found


def _account(survivor: Customer, loser: Customer, columns: Mapping[str, Any]) -> dict[str, Any]:
    """
    One may sign in to the portal afterwards: whose e-mail stays, by their password, or else by the
    other's.
    """
    owner, other = (loser, survivor) if "email" in columns else (survivor, loser)
    password = owner.password or other.password
    found: dict[str, Any] = {}
    if password != survivor.password:
        found["password"] = password
    if owner.email_verified != survivor.email_verified:
        found["email_verified"] = owner.email_verified
    return found


def _value(row: Customer, name: str) -> Any:
    if name == "custom_fields":
        return reveal(row.custom_fields, row.sensitive_values)
    value = getattr(row, Customer._meta.get_field(name).attname)  # type: ignore[union-attr]
    pin = PINNED.get(name)
    return value if pin is None or getattr(row, pin) else None


def _lacks(row: Customer, name: str) -> bool:
    """Whether nobody has said anything there: flags that are off, labels that nobody has pinned."""
    if name == "status" and row.is_deactivated:
        return True
    value = _value(row, name)
    return value is None or value is False or value in ("", [], {})


def _notes(survivor: Customer, loser: Customer) -> str:
    limit = Customer._meta.get_field("notes").max_length
    whole = "\n\n".join([survivor.notes, loser.notes])
    if limit and len(whole) > limit:
        raise ValidationError(f"at most {limit} characters; choose the notes of one of them.")
    return whole


def _phones(survivor: Customer, loser: Customer) -> list[str]:
    """What is too many stays an address of the person, as every number does."""
    both = dict.fromkeys([*survivor.alternative_phones, *loser.alternative_phones])
    return list(both)[:MOST_PHONES]


def _categories(survivor: Customer, loser: Customer) -> list[str]:
    both = dict.fromkeys([*survivor.preferred_categories, *loser.preferred_categories])
    check_short_texts(list(both))
    return list(both)


def _with_all_fields(first: Customer, second: Customer) -> dict[str, Any]:
    """Custom fields of both; what both have is the first one's."""
    both = {**_value(second, "custom_fields"), **_value(first, "custom_fields")}
    check_custom_fields(both)
    return both


_JOINED = {
    "notes": _notes,
    "alternative_phones": _phones,
    "preferred_categories": _categories,
    "custom_fields": _with_all_fields,
}
"""Columns that hold what both have, unless somebody chooses one's."""

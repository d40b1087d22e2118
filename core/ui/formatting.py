"""
How pages write figures, moments, numbers and names: filters of `{% load ui %}`, and for Python.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.template.defaultfilters import date as formatted
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.amounts import decimals_of
from core.clock import now
from core.phones import Phone, readable_phone
from core.tenancy.actor import Actor
from core.tenancy.choices import Role
from core.ui.wording import day_or_moment, in_percent
from core.ui.wording import number as number_in_words

HUES = 12
CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "MXN": "MX$", "CAD": "CA$", "JPY": "¥"}


def ago(moment: dt.datetime | None) -> SafeString | str:
    """A moment as people say it, the exact one on hover: `3 hours ago`, `in 2 days`."""
    if moment is None:
        return "–"
    exact = formatted(timezone.localtime(moment), "DATETIME_FORMAT")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, relative(moment)
    )


def day(value: dt.date | None) -> str:
    """When something begins or ended: a day alone where no time was given."""
    return day_or_moment(value) if value else "–"


def money(amount: Decimal | float | None, currency: str = "", places: int | None = None) -> str:
    """
    `$1,234.50`, `KWD 1.250`; without decimals when there are none, unless `places` says how many.
    """
    if amount is None:
        return "–"
    sign = CURRENCY_SIGNS.get(currency, f"{currency} " if currency else "")
    value = abs(Decimal(amount))
    if places is None:
        places = 0 if value == value.to_integral_value() else max(2, decimals_of(currency))
    text = number_in_words(round(value, places), places)
    return f"{'−' if amount < 0 else ''}{sign}{text}"


MILLION = 1_000_000


def short_money(amount: Decimal | float | None, currency: str = "") -> str:
    """`$12.9M` from a million on, which would leave its place; below as `money`."""
    if amount is None or -MILLION < amount < MILLION:
        return money(amount, currency)
    return _("%(millions)sM") % {"millions": money(Decimal(amount) / MILLION, currency, places=1)}


def phone(number: str, actor: Actor) -> str:
    """A number as people of the organization write it."""
    return readable_phone(number, actor.organization.default_region)


def phone_of(customer: Any, actor: Actor) -> str:
    """The customer's number with its extension."""
    number = Phone(customer.phone, customer.phone_extension)
    return readable_phone(str(number), actor.organization.default_region)


def count(number: float | None) -> str:
    """A figure with its thousands apart."""
    return "–" if number is None else number_in_words(number)


def dash(value: Any) -> Any:
    """The value, or a dash where there is none."""
    return "–" if value in (None, "", [], ()) else value


def role(value: str) -> str:
    return str(Role(value).label)


def key(row: Any) -> str:
    """The id that a form's check box carries."""
    return str(row.pk if isinstance(row, Model) else row["id"])


SPANS: tuple[tuple[int, Callable[[int], str]], ...] = (
    (365 * 86400, lambda n: ngettext("%(n)s year", "%(n)s years", n)),
    (30 * 86400, lambda n: ngettext("%(n)s month", "%(n)s months", n)),
    (86400, lambda n: ngettext("%(n)s day", "%(n)s days", n)),
    (3600, lambda n: ngettext("%(n)s hour", "%(n)s hours", n)),
    (60, lambda n: ngettext("%(n)s minute", "%(n)s minutes", n)),
)
"""Seconds of each span that people count in, the longest first, and its words."""


def relative(moment: dt.datetime) -> str:
    """How long ago, or until, in the largest span that fits."""
    seconds = (now() - moment).total_seconds()
    for length, words in SPANS:
        number = int(abs(seconds) // length)
        if number:
            span = words(number) % {"n": number}
            return (_("%(span)s ago") if seconds >= 0 else _("in %(span)s")) % {"span": span}
    return _("just now") if seconds >= 0 else _("in a moment")


def initials(name: str) -> str:
    """The first letters of the first and last word; a question mark for nobody."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def hue(name: str) -> int:
    """One of twelve, always the same for a name."""
    return hashlib.sha256(name.encode()).digest()[0] % HUES


def percent(figure: float) -> str:
    """`90%`, as the reader's language writes it."""
    return in_percent(figure)

"""How the dashboard says things."""

from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from analytics.dashboard import FREQUENCIES, HEALTH_BANDS, RECENCY_DAYS, Moved
from analytics.periods import Days
from core.ui.wording import date_span, in_percent, number
from customers.pages.codes import readable

MANIFOLD = 1000
"""Percent from which on a growth is told as how many times as much it is."""


def change(
    figure: Moved, *, more_is_good: bool | None = True, points: bool = False
) -> dict[str, str]:
    """
    `delta` and `tone` of a stat: in percent (from a thousand on as `×19`), or (of rates) in
    percentage points; nothing where there is nothing to compare with.
    """
    now, before = figure
    if now is None or before is None or (not points and not before):
        return {}
    moved = (
        Decimal(str(now)) - Decimal(str(before))
        if points
        else 100 * (Decimal(str(now)) - Decimal(str(before))) / Decimal(str(before))
    )
    told = number(abs(moved), 1 if points else 0)
    if not any(digit in told for digit in "123456789"):
        return {"note": _("as before")}
    unit = pgettext("percentage points", "pts")
    told = f"{told} {unit}" if points else in_percent(abs(moved))
    tone = "" if more_is_good is None else "good" if (moved > 0) == more_is_good else "bad"
    told = f"{'+' if moved > 0 else '−'}{told}"
    if moved >= MANIFOLD and not points:
        told = f"×{number(Decimal(str(now)) / Decimal(str(before)), 0)}"
    return {"delta": told, "tone": tone}


def duration(seconds: float | None) -> str:
    """As people say how long they waited: `45 s`, `12 min`, `2 h 10 min`, `3 d 4 h`."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return _("%(n)s s") % {"n": whole}
    minutes = round(whole / 60)
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return (
            _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
            if rest
            else _("%(n)s h") % {"n": hours}
        )
    days, rest = divmod(round(minutes / 60), 24)
    return (
        _("%(days)s d %(hours)s h") % {"days": days, "hours": rest}
        if rest
        else _("%(n)s d") % {"n": days}
    )


def percent(part: float, whole: float, places: int = 0) -> str:
    return in_percent(100 * part / whole if whole else 0, places)


def days(days: Days) -> str:
    """`Oct 23 – Nov 21, 2026`."""
    if days.first == days.last:
        return date_format(days.first, "DATE_FORMAT")
    return date_span(days.first, days.last)


def recency(place: int) -> str:
    """How long ago the latest visit was, of that band."""
    least = 0 if place == 0 else (RECENCY_DAYS[place - 1] or 0)
    most = RECENCY_DAYS[place]
    if most is None:
        return _("over %(n)s days") % {"n": least}
    return _("%(least)s–%(most)s days") % {"least": least + 1 if least else 0, "most": most}


def frequency(place: int) -> str:
    """How many visits, of that band."""
    least, most = FREQUENCIES[place]
    if most is None:
        return _("%(n)s or more") % {"n": least}
    if most == least:
        return ngettext("%(n)s visit", "%(n)s visits", least) % {"n": least}
    return _("%(least)s–%(most)s visits") % {"least": least, "most": most}


def source(name: str) -> str:
    """As people would write what systems call `website_form`."""
    return readable(name) or _("Unknown")


def health(place: int) -> str:
    low, high = HEALTH_BANDS[place]
    return f"{low}–{high}"

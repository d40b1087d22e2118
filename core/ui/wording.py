"""
What the domain says, in the reader's language: errors, faults, shares and spans of days. How a date
is written: `core.ui.formats`.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from django.utils import numberformat, timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _

from core import errors
from core.amounts import number_marks
from core.errors import (
    Conflict,
    DomainError,
    Fault,
    Malformed,
    NotFound,
    RateLimited,
    StateConflict,
    TooLarge,
)
from core.phones import readable_phone

FAULTS: Mapping[str, Any] = {
    "required": _("Fill this in."),
    "null": _("Fill this in."),
    "max_length": _("At most %(limit)s characters."),
    "min_length": _("At least %(limit)s characters."),
    "max_value": _("At most %(limit)s."),
    "min_value": _("At least %(limit)s."),
    "invalid_email": _("Enter an e-mail address such as name@example.com."),
    "invalid_phone": _("Enter a phone number of 7 to 15 digits."),
    "several_phones": _("Enter one phone number; these are several."),
    "phone_extension": _("Enter a phone number without an extension."),
    "invalid_extension": _("Enter the digits of the extension."),
    "invalid_url": _("Enter an address that begins with https://."),
    "invalid_date": _("Enter a date."),
    "invalid_number": _("Enter a number."),
    "currency_decimals": _("Amounts in %(currency)s have at most %(limit)s decimals."),
    "max_whole_digits": _("At most %(limit)s digits before the decimal point."),
    "invalid_integer": _("Enter a whole number."),
    "invalid_choice": _("Choose one from the list."),
    "invalid_names": _("At most 50 different names, each of at most 150 characters."),
    "masked": _("A mask stands for a value that isn't here. Write the value, or leave it out."),
    "unknown_field": _("There is no field %(field)s. Fields are: %(fields)s."),
    "invalid_lead_times": _("At most five different hours, from 1 to 720."),
    "too_many_values": _("These are too many values: at most %(limit)s."),
    "invalid_roles": _("Choose roles from the list."),
    "invalid_hours": _("Each span of hours must close after it opens."),
    "overlapping_hours": _("Two spans of a day overlap."),
    "out_of_bounds": _("A whole number from 1 to %(limit)s."),
    "too_many_times": _("At most %(limit)s times."),
    "both_times": _("Give both times, or neither for the whole day."),
    "outlet_or_staff": _("Name an outlet or a person, not both."),
    "invalid_zone": _("Enter a time zone such as America/Detroit."),
    "invalid_range": _("The end must come after the beginning."),
    "not_found": _("There is no such record."),
    "unknown": _("“%(text)s” isn't known here."),
    "unknown_left_out": _("“%(text)s” isn't known here: left out."),
    "no_year": _("“%(text)s” has no year: left out."),
    "no_email": _("“%(text)s” is no e-mail: left out."),
    "further_left_out": _("“%(text)s” is a further one: left out."),
    "further_kept": _("“%(text)s” is kept as a further one."),
    "of_another_left_out": _("It belongs to %(other)s: left out."),
    "of_others": _("It belongs to %(other)s, but another value of this row to %(customer)s."),
    "another_name": _("It belongs to %(customer)s, who has another name."),
    "another_email": _("It belongs to %(customer)s, who has another e-mail."),
    "another_external_id": _("It belongs to %(customer)s, who has another external ID."),
    "overlong_row": _("The row has more cells than the header."),
    "misquoted": _("A quotation mark inside a cell isn't doubled, or one is missing."),
    "several_columns": _(
        "%(headers)s are all “%(field)s”: in each row the first that isn't blank is taken."
    ),
    "columns_worked_out": _("%(headers)s: worked out here, so left out."),
    "columns_unknown": _("%(headers)s: not known here, so left out."),
    "contradicting_day_first": _(
        "“%(header)s”: line %(day_line)s (%(day)s) has the day first, line %(month_line)s "
        "(%(month)s) the month; read with the day first, as usual here. Choose another order if "
        "that is wrong."
    ),
    "contradicting_month_first": _(
        "“%(header)s”: line %(day_line)s (%(day)s) has the day first, line %(month_line)s "
        "(%(month)s) the month; read with the month first, as usual here. Choose another order if "
        "that is wrong."
    ),
    "usual_day_first": _(
        "“%(header)s”: the order of day and month can't be told from the column (line %(line)s: "
        "%(text)s); read with the day first, as usual here. Choose another order if that is wrong."
    ),
    "usual_month_first": _(
        "“%(header)s”: the order of day and month can't be told from the column (line %(line)s: "
        "%(text)s); read with the month first, as usual here. Choose another order if that is "
        "wrong."
    ),
    "contradicting_marks": _(
        "“%(header)s”: line %(comma_line)s (%(comma)s) has a decimal comma, line %(point_line)s "
        "(%(point)s) a decimal point, so line %(line)s (%(text)s) can't be read."
    ),
    "usual_comma": _(
        "“%(header)s”: line %(line)s (%(text)s) is read with a decimal comma, as usual here."
    ),
    "usual_point": _(
        "“%(header)s”: line %(line)s (%(text)s) is read with a decimal point, as usual here."
    ),
    "future": _("This can't lie in the future."),
    "past": _("This can't lie in the past."),
    "out_of_range": _("This figure is too large."),
    "insufficient": _("There aren't enough points."),
    "own_account": _("You can't do this to your own account."),
    "unidentified": _("Enter a name, an e-mail or a phone number."),
    "suppressed": _(
        "This person had their data erased. Add them by hand if they came back by themselves."
    ),
    "blocked": _("This customer is blocked and gets no messages."),
    "inactive": _("This person doesn't work here any more."),
    "resolved": _("A resolved conversation can't be snoozed. Reopen it first."),
    "too_far": _("This must lie within a year."),
    "same": _("These are the same conversation."),
    "another_customer": _("This is another customer's conversation."),
    "project_of_another": _("This project is another customer's."),
    "another_channel": _("This conversation is on another channel."),
    "unreachable": _("This customer has no address on this channel."),
    "switched_off": _("This webhook is switched off."),
    "deaf": _("This webhook doesn't hear of messages. Let it hear of them first."),
    "thin": _("This webhook is sent ids alone. Have it sent the whole record first."),
    "self": _("A customer can't refer themselves."),
    "wrong_password": _("This isn't your current password."),
    "wrong_code": _("This isn't the code that your app shows."),
    "already_on": _("You have a second factor already."),
    "password_wanted": _("Your own e-mail and password take your current password."),
    "password_too_short": _("Use at least 10 characters."),
    "password_too_common": _("This password is too easy to guess."),
    "password_too_similar": _("This password is too much like your name or e-mail."),
}

ERRORS: Mapping[type[DomainError], Any] = {
    errors.Unauthenticated: _("The e-mail or the password isn't right."),
    errors.CodeRefused: _("This code isn't right, or it was used before."),
    errors.Forbidden: _("Your role doesn't permit this."),
    errors.Malformed: _("This couldn't be read. Go back and try again."),
    errors.InUse: _("This is still in use elsewhere, so it can't be deleted."),
    errors.Stale: _("Someone else has changed this in the meantime."),
    errors.Unavailable: _(
        "This took too long or couldn't be reached. Nothing was changed; try again a little later."
    ),
    errors.Unexpected: _("Something went wrong on our side."),
}

CONFLICTS: Mapping[str, Any] = {
    "email": _("Someone with this e-mail already exists."),
    "phone": _("Someone with this phone number already exists."),
    "name": _("This name is taken."),
}


def message_for(said: DomainError | Fault) -> str:
    """The sentence for people, translated; the domain's own English where the table has none."""
    if isinstance(said, Fault):
        if said.code.startswith("taken_"):
            return str(CONFLICTS.get(said.code.removeprefix("taken_"), _("This already exists.")))
        text = str(FAULTS.get(said.code, said.message))
        return text % said.params if _fits(text, said.params) else said.message
    if isinstance(said, Conflict):
        return str(CONFLICTS.get(said.field, _("This already exists.")))
    if isinstance(said, StateConflict):
        return str(said.label or said.message)
    if isinstance(said, NotFound):
        return str(_("There is no such record, or it was deleted."))
    if isinstance(said, RateLimited):
        return str(_("That was too often. Try again in %(minutes)s minutes.")) % {
            "minutes": -(-said.retry_after // 60)
        }
    return str(ERRORS.get(type(said), said.message))


def message_for_file(error: DomainError) -> str:
    """The same for who has uploaded a file: what is wrong with it says where."""
    if isinstance(error, Malformed | TooLarge):
        text = str(_(error.sentence))
        return text % error.params if error.params else text
    return message_for(error)


def _fits(text: str, params: Mapping[str, object]) -> bool:
    return "%(limit)s" not in text or "limit" in params


_region: ContextVar[str] = ContextVar("region", default="")


@contextmanager
def numbers_of(region: str) -> Iterator[None]:
    """Within, figures are written as in that region (a page's organization's)."""
    before = _region.set(region)
    try:
        yield
    finally:
        _region.reset(before)


def number(figure: float | Decimal, places: int | None = None) -> str:
    """
    A figure with its thousands apart, by the marks of the organization's region, by which its forms
    read amounts: whatever the reader's language, `1,200` means here what it means there.
    """
    region = _region.get()
    if not region:
        return str(number_format(figure, places, force_grouping=True))
    decimal, group = number_marks(region)
    return str(
        numberformat.format(
            figure, decimal, places, grouping=3, thousand_sep=group, force_grouping=True
        )
    )


def phone(number: str) -> str:
    """A phone number as people of the organization's region write it."""
    return readable_phone(number, _region.get())


def in_percent(figure: float | Decimal, places: int = 0) -> str:
    """`17.4%`, or as the reader's language sets it apart: `17,4 %`."""
    exact = round(Decimal(str(figure)), places)  # Django cuts the digits off
    return str(_("%(figure)s%%")) % {"figure": number(exact, places)}


def date_span(first: dt.date, last: dt.date) -> str:
    """`Nov 29 – Dec 5, 2026`; the year twice where there are two."""
    begins = "MONTH_DAY_FORMAT" if first.year == last.year else "DATE_FORMAT"
    return f"{date_format(first, begins)} – {date_format(last, 'DATE_FORMAT')}"


def day_or_moment(value: dt.date) -> str:
    """
    A day as that day, a moment as day and time on the clock of the page; a moment that is midnight
    there was given as a day.
    """
    if not isinstance(value, dt.datetime):
        return str(date_format(value, "DATE_FORMAT"))
    local = timezone.localtime(value) if value.tzinfo else value
    alone = local.time() == dt.time.min
    return str(date_format(local, "DATE_FORMAT" if alone else "DATETIME_FORMAT"))

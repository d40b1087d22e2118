"""
Raw values (from JSON, a form or a file) cleaned by the models' own fields, so that every door
refuses the same in the same words.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from core.amounts import decimals_of
from core.characters import drop_invisible, normalize_json, normalize_line, normalize_text
from core.clock import EARLIEST_YEAR, LATEST_YEAR, day_alone, midnight, tellable
from core.errors import Fault, Invalid
from core.fields import DegreesField, LabelField, MoneyField, ObjectField, PhoneField
from core.ids import parse_id
from core.phones import Phone, SeveralNumbers, read_phone
from core.tenancy.actor import Actor
from core.text import is_encodable_email, not_one_of


def clean(
    model: type[models.Model],
    values: Mapping[str, Any],
    *,
    actor: Actor,
    required: Iterable[str] = (),
    region: str = "",
    known: "Known | None" = None,
) -> dict[str, Any]:
    """
    `values` (field name → raw value, from JSON or a file) as the model's fields want them; phones
    are read in `region`, else in the organization's.

    The model's fields hold the rules (lengths, ranges, choices), so that every door refuses the
    same. References resolve inside the actor's organization. Null clears a field. Who cleans many
    rows keeps what texts became in `known`. Raises Invalid with a fault for every bad or missing
    field.
    """
    cleaned: dict[str, Any] = {}
    faults: dict[str, list[Fault]] = {}
    for name in required:
        value = values.get(name)
        if value is None or (isinstance(value, str) and not normalize_text(value)):
            faults[name] = [Fault("required", "This field is required.")]
    for name, raw in values.items():
        if name in faults:
            continue
        try:
            field: models.Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
            if known is not None and isinstance(
                raw, str if not field.is_relation else models.Model
            ):
                cleaned[name] = known.clean(field, raw, actor, region)
            else:
                cleaned[name] = clean_value(field, raw, actor, region)
        except Invalid as invalid:
            faults[name] = invalid.faults[""]
    if faults:
        raise Invalid(faults)
    return cleaned


class Known:
    """
    What texts of a column, and rows that are referred to, became: a file says the same few cities
    a thousand times.
    """

    MOST = 20_000

    def __init__(self) -> None:
        self.found: dict[tuple[Any, Any, str], Any] = {}

    def read(
        self, model: type[models.Model], rows: Sequence[Mapping[str, Any]], actor: Actor
    ) -> None:
        """Finds the rows that `rows` of values refer to, each model's in one query."""
        for field in model._meta.concrete_fields:
            named = {
                row for values in rows if isinstance(row := values.get(field.name), models.Model)
            }
            target: Any = field.related_model
            if named and not hasattr(target, "deleted_at"):
                there = target.objects.for_actor(actor).in_bulk([row.pk for row in named])
                self.found |= {
                    (field.name, row, ""): there[row.pk] for row in named & {*there.values()}
                }

    def clean(self, field: "models.Field[Any, Any]", raw: Any, actor: Actor, region: str) -> Any:
        """`clean_value` of a text or a row, remembered. Raises Invalid."""
        key = (field.name, raw, region)
        if key not in self.found:
            if len(self.found) >= self.MOST:
                self.found.clear()
            try:
                self.found[key] = clean_value(field, raw, actor, region)
            except Invalid as invalid:
                self.found[key] = invalid
        value = self.found[key]
        if isinstance(value, Invalid):
            raise Invalid(value.faults)
        return value


def clean_value(field: "models.Field[Any, Any]", raw: Any, actor: Actor, region: str = "") -> Any:
    """One value for `field`. Raises Invalid with the faults under the empty name."""
    if isinstance(raw, str):
        refuse_unstorable_text(raw)
        raw = normalized(field, raw)
    if isinstance(field, ObjectField) and raw == []:
        raw = {}
    if raw is None or raw == "":
        return _absent(field)
    if isinstance(field, models.ForeignKey):
        return _reference(field, raw, actor)
    if isinstance(field, PhoneField) and raw != "":
        raw = _number(raw, region or actor.organization.default_region)
    if (
        isinstance(field, models.EmailField)
        and isinstance(raw, str)
        and not is_encodable_email(raw)
    ):
        raise _fail("invalid_email", "Enter a valid e-mail address.")
    if (
        isinstance(field, models.TextField)
        and field.max_length
        and isinstance(raw, str)
        and len(raw) > field.max_length
    ):
        raise _fail(
            "max_length",
            f"Ensure this value has at most {field.max_length} characters.",
            limit=field.max_length,
        )
    try:
        value = field.clean(_typed(field, raw, actor), None)
    except ValidationError as error:
        raise Invalid({"": [_fault(field, item, raw) for item in error.error_list]}) from error
    if isinstance(field, models.IntegerField):
        _refuse_outside_column(field, value)
    if isinstance(field, MoneyField):
        refuse_decimals(value, actor.organization.currency)
    if isinstance(value, dt.date) and not tellable(value):
        raise _fail(
            "invalid_date", f"Must be a date between the years {EARLIEST_YEAR} and {LATEST_YEAR}."
        )
    return value


def refuse_decimals(amount: Decimal, currency: str) -> None:
    """Raises Invalid, under the empty name, for more decimals than the currency has."""
    limit = decimals_of(currency)
    if amount != round(amount, limit):
        raise _fail(
            "currency_decimals",
            f"Amounts in {currency} have at most {limit} decimals.",
            currency=currency,
            limit=limit,
        )


_RANGES = {
    "SmallIntegerField": (-(2**15), 2**15 - 1),
    "IntegerField": (-(2**31), 2**31 - 1),
    "BigIntegerField": (-(2**63), 2**63 - 1),
    "PositiveSmallIntegerField": (0, 2**15 - 1),
    "PositiveIntegerField": (0, 2**31 - 1),
    "PositiveBigIntegerField": (0, 2**63 - 1),
}
"""What PostgreSQL's columns hold; SQLite would take more, and another database couldn't."""


def _refuse_outside_column(field: "models.Field[Any, Any]", value: int) -> None:
    low, high = _RANGES[field.get_internal_type()]
    if value > high:
        message = f"Ensure this value is less than or equal to {high}."
        raise _fail("max_value", message, limit=high)
    if value < low:
        message = f"Ensure this value is greater than or equal to {low}."
        raise _fail("min_value", message, limit=low)


def _fail(code: str, message: str, **params: object) -> Invalid:
    return Invalid.one("", code, message, **params)


def refuse_unstorable_text(raw: str) -> None:
    """
    Raises Invalid for NUL, which PostgreSQL doesn't store, and for lone surrogates, which UTF-8 has
    no bytes for.
    """
    if "\x00" in raw:
        raise _fail("null_characters", "Null characters are not allowed.")
    try:
        raw.encode()
    except UnicodeEncodeError as error:
        raise _fail(
            "surrogates", "This text holds characters that are not valid Unicode."
        ) from error


def normalized(field: "models.Field[Any, Any]", value: Any) -> Any:
    """
    A text, or a JSON value that holds texts, in the characters that `field` keeps: of one line but
    for TextField, without anything invisible where it is compared as it is written.
    """
    if isinstance(value, str):
        if isinstance(field, models.EmailField | models.URLField | LabelField | PhoneField):
            return normalize_line(drop_invisible(value))
        if isinstance(field, models.CharField):
            return normalize_line(value)
        return normalize_text(value)
    if isinstance(field, models.JSONField):
        try:
            return normalize_json(value)
        except ValueError as error:
            raise _fail("same_key", "Two keys of one object are the same.") from error
    return value


def is_equal(before: Any, after: Any) -> bool:
    """As `==`, but that true isn't 1 and false isn't 0: JSON tells them apart."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(
            is_equal(value, after[key]) for key, value in before.items()
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(is_equal, before, after))
    return bool(before == after) and isinstance(before, bool) == isinstance(after, bool)


def is_normalized_to(field: "models.Field[Any, Any]", before: Any, after: Any) -> bool:
    """Whether `after` is what `before`, which may have been stored long ago, is normalized to."""
    try:
        return is_equal(normalized(field, before), after)
    except Invalid:
        return False


def _absent(field: "models.Field[Any, Any]") -> Any:
    if field.null:
        return None
    if isinstance(field, models.CharField | models.TextField) and field.blank:
        return ""
    if isinstance(field, models.JSONField) and field.blank:
        return field.get_default()
    if isinstance(field, models.CharField | models.TextField):
        raise _fail("required", "This field is required.")
    raise _fail("null", "This field may not be null.")


def _reference(field: Any, raw: Any, actor: Actor) -> models.Model:
    """
    The row that is meant: by our id (behind the model's `ID_PREFIX` too), or by the id that it has
    in another system, which a model keeps in `EXTERNAL_ID`; or the one that it was merged into
    (`MERGED_INTO`).
    """
    prefix: str = getattr(field.related_model, "ID_PREFIX", "")
    key = parse_id(raw.pk if isinstance(raw, models.Model) else raw, prefix)
    rows = field.related_model.objects.for_actor(actor)
    if hasattr(field.related_model, "deleted_at"):
        rows = rows.filter(deleted_at=None)
    found: models.Model | None = rows.filter(pk=key).first() if key else None
    external: str = getattr(field.related_model, "EXTERNAL_ID", "")
    if found is None and external and isinstance(raw, str):
        found = rows.filter(**{external: raw}).first()
    merged: str = getattr(field.related_model, "MERGED_INTO", "")
    if found is None and merged:
        meant = models.Q(pk=key) if key else models.Q(**{external: str(raw)})
        found = _survivor(field.related_model, meant, merged, actor)
    if found is None and key is None:
        raise _fail("invalid_id", "Must be a valid UUID.")
    if found is None:
        raise _fail("not_found", f"No {field.related_model._meta.verbose_name} with this ID.")
    return found


def _survivor(model: Any, meant: models.Q, merged: str, actor: Actor) -> models.Model | None:
    """The living row that one who is meant was merged into, over however many merges."""
    rows = model.objects.for_actor(actor)
    row = rows.filter(meant).exclude(**{merged: None}).first()
    while row is not None and (into := getattr(row, f"{merged}_id")) is not None:
        row = rows.filter(pk=into).first()
    return row if row is not None and row.deleted_at is None else None


def clean_phone(raw: Any, region: str) -> Phone:
    """A phone number with its extension. Raises Invalid with the fault under the empty name."""
    if not isinstance(raw, str | int) or isinstance(raw, bool):
        raise _fail("invalid_type", "Must be a string.", type="string")
    try:
        return read_phone(str(raw), region)
    except SeveralNumbers as error:
        raise _fail("several_phones", "Enter one phone number; these are several.") from error
    except ValueError as error:
        raise _fail("invalid_phone", "Enter a valid phone number: 7 to 15 digits.") from error


def _number(raw: Any, region: str) -> str:
    number, extension = clean_phone(raw, region)
    if extension:
        raise _fail("phone_extension", "Enter a phone number without an extension.")
    return number


_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _typed(field: "models.Field[Any, Any]", raw: Any, actor: Actor) -> Any:
    """
    Refuses JSON types that Django's fields would quietly bend (a list made text, 12.7 made 12, true
    made 1).
    """
    if isinstance(field, models.JSONField):
        return _json(field, raw)
    if isinstance(raw, dict | list):
        raise _fail("invalid_type", "Must be a single value.", type=_kind(field))
    if isinstance(field, models.BooleanField):
        value = raw if isinstance(raw, bool) else _BOOLEANS.get(str(raw).lower())
        if value is None:
            raise _fail("invalid_boolean", "Must be true or false.")
        return value
    if isinstance(raw, bool):
        raise _fail("invalid_type", f"Must be a {_kind(field)}.", type=_kind(field))
    if isinstance(field, models.IntegerField):
        # int() would take `1_000`
        is_whole = raw.is_integer() if isinstance(raw, float) else "_" not in str(raw)
        if not is_whole:
            raise _fail("invalid_integer", "Must be a whole number.")
        return int(raw) if isinstance(raw, float) else raw
    if isinstance(field, models.DecimalField):
        return _decimal(field, raw)
    if isinstance(field, models.CharField | models.TextField) and not isinstance(raw, str):
        if isinstance(raw, int | float | Decimal):
            return str(raw)
        raise _fail("invalid_type", "Must be a string.", type="string")
    if isinstance(field, models.DateTimeField):
        return _moment(raw, actor.organization.time_zone)
    if isinstance(field, models.TimeField):
        return _time(raw)
    if isinstance(field, models.DateField) and not isinstance(raw, str | dt.date):
        raise _fail("invalid_date", "Must be a date in ISO 8601 (YYYY-MM-DD).")
    return raw


def _json(field: "models.JSONField", raw: Any) -> Any:  # type: ignore[type-arg]
    refuse_unstorable_json(raw)
    if isinstance(field, ObjectField) and not isinstance(raw, dict):
        raise _fail("invalid_object", "Must be an object.")
    if field.default is list and not isinstance(raw, list):
        raise _fail("invalid_list", "Must be a list of strings.")
    return normalized(field, raw)


MAX_JSON_DEPTH = 64
MAX_JSON_VALUES = 10_000
MAX_JSON_NUMBER = 2**53
"""Beyond it JSON's readers no longer agree on a number (RFC 8259, section 6)."""


def refuse_unstorable_json(value: Any) -> None:
    """
    Raises Invalid for what a JSON column takes but not every door can show: numbers beyond ±2⁵³ or
    not finite, nesting without end, NUL; and for more values than anybody means, before anything
    is done with each of them.
    """
    pending, seen = [(value, 1)], 0
    while pending:
        item, depth = pending.pop()
        if depth > MAX_JSON_DEPTH:
            raise _fail(
                "too_deep",
                f"Must not be nested deeper than {MAX_JSON_DEPTH} levels.",
                limit=MAX_JSON_DEPTH,
            )
        if isinstance(item, dict | list):
            seen += len(item)
            if seen > MAX_JSON_VALUES:
                raise _fail(
                    "too_many_values",
                    f"Must not hold more than {MAX_JSON_VALUES} values.",
                    limit=MAX_JSON_VALUES,
                )
            inner = [*item, *item.values()] if isinstance(item, dict) else item
            pending += [(part, depth + 1) for part in inner]
        elif isinstance(item, str):
            refuse_unstorable_text(item)
        # NaN is in no range
        elif isinstance(item, int | float) and not -MAX_JSON_NUMBER <= item <= MAX_JSON_NUMBER:
            raise _fail(
                "out_of_range",
                "Numbers must lie between -2^53 and 2^53; write longer ones as text.",
            )


_PLAIN_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)


def _decimal(field: Any, raw: Any) -> Decimal:
    """Texts are digits with a point; an exponent is a spreadsheet's or a slip."""
    text = str(raw)
    if isinstance(raw, str) and not _PLAIN_DECIMAL.fullmatch(text):
        raise _fail("invalid_number", "Must be a number.")
    try:
        value = Decimal(text)
    except ArithmeticError as error:
        raise _fail("invalid_number", "Must be a number.") from error
    if not value.is_finite():
        raise _fail("invalid_number", "Must be a number.")
    # any arithmetic with 1E+1000000 overflows
    if value.adjusted() > field.max_digits:
        limit = field.max_digits - field.decimal_places
        raise _fail(
            "max_whole_digits",
            f"Ensure that there are no more than {limit} digits before the decimal point.",
            limit=limit,
        )
    if isinstance(field, DegreesField):
        value = round(value, field.decimal_places)
    if value == value.to_integral_value():
        return value.quantize(Decimal(1))
    return value


def _moment(raw: Any, zone: str) -> dt.datetime:
    """
    A date alone is the beginning of that day on the calendar of `zone`; a date-time without offset
    is in UTC.
    """
    try:
        if day := day_alone(raw):
            return midnight(day, zone).astimezone(dt.UTC)
        value = raw if isinstance(raw, dt.datetime) else dt.datetime.fromisoformat(raw)
        return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
    except (OverflowError, TypeError, ValueError) as error:
        raise _fail(
            "invalid_date", "Must be a date and time in ISO 8601 (YYYY-MM-DDThh:mm:ssZ)."
        ) from error


def _time(raw: Any) -> Any:
    """A time on the clock that hangs there: an offset would be lost, so it is refused."""
    if not isinstance(raw, str | dt.time):
        raise _fail("invalid_time", "Must be a time (HH:MM:SS).")
    with suppress(ValueError):
        value = raw if isinstance(raw, dt.time) else dt.time.fromisoformat(raw)
        if value.tzinfo is not None:
            raise _fail("invalid_time", "Must be a time on the local clock, without an offset.")
    return raw


def _kind(field: "models.Field[Any, Any]") -> str:
    if isinstance(field, models.BooleanField):
        return "boolean"
    return (
        "number"
        if isinstance(field, models.IntegerField | models.DecimalField | models.FloatField)
        else "string"
    )


_CODES = {"invalid": {"EmailField": "invalid_email", "URLField": "invalid_url"}}


def _fault(field: "models.Field[Any, Any]", error: ValidationError, raw: Any) -> Fault:
    code = error.code or "invalid"
    if code == "invalid_choice":
        permitted = [str(value) for value, _ in field.flatchoices]
        return Fault(code, not_one_of(raw, permitted), {"permitted": permitted})
    kind = _CODES.get(code, {}).get(type(field).__name__, code)
    if isinstance(field, models.DateField) and code.startswith("invalid"):
        return Fault("invalid_date", "Must be a date in ISO 8601 (YYYY-MM-DD).")
    if isinstance(field, models.IntegerField) and code == "invalid":
        return Fault("invalid_integer", "Must be a whole number.")
    if kind == "invalid_email":
        return Fault(kind, "Enter a valid e-mail address.")
    limit = (error.params or {}).get("limit_value", (error.params or {}).get("max"))
    return Fault(kind, " ".join(error.messages), {} if limit is None else {"limit": limit})

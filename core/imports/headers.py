"""Which field each header of an uploaded file means."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import translation

from core.errors import Fault
from core.exports.tables import ExportTable
from core.imports.reports import remark
from core.imports.uploads import Upload
from core.imports.words import choice_key, read_yes
from core.text import fold

Columns = Mapping[str, str | None]
"""Header → the field that it means, None where it is left out."""


def header_key(header: str) -> str:
    """
    The form in which two spellings of one header are equal: no case, accents, spaces or
    punctuation.
    """
    return "".join(character for character in fold(header) if character.isalnum())


def match_headers(
    upload: Upload,
    words: Mapping[str, Sequence[str]],
    *,
    own: ExportTable,
    model: type[models.Model],
) -> dict[str, str | None]:
    """
    The columns of a file of rows of `model`, by the `words` (field → its other names) that it is
    known by and by the headers of our `own` exports of those rows. A number in a header (Phone 2)
    counts only where a word has it.

    A word of two fields (Spanish “Estado”) is the one with few values (choices, yes and no) where
    every cell is one of them.
    """
    known = {header_key(name): [field] for field in words for name in (field, *words[field])}
    for header, name in own_headers(own):
        field = next(iter(known.get(header_key(name), ())), None)
        claims = known.setdefault(header_key(header), [])
        if field and field not in claims:
            claims.append(field)
    return {
        header: _decide(_fields(header, known), column(upload, header), model)
        for header in upload.headers
    }


def own_headers(table: ExportTable) -> Iterator[tuple[str, str]]:
    """Headers of the table's exports, for programs and for people in each language → its column."""
    yield from ((name, name) for name in table.columns)
    yield from table.names.items()
    for language, _label in settings.LANGUAGES:
        with translation.override(language):
            yield from [(str(column.label), name) for name, column in table.columns.items()]


def column(upload: Upload, header: str) -> list[tuple[int, str]]:
    """The line and text of each cell under the header that isn't blank."""
    return [(line.number, cell) for line in upload.lines if (cell := line.cells.get(header))]


def _fields(header: str, known: Mapping[str, Sequence[str]]) -> Sequence[str]:
    key = header_key(header)
    unnumbered = "".join(character for character in key if not character.isdigit())
    return known.get(key, known.get(unnumbered, ()))


def _decide(
    fields: Sequence[str], cells: Sequence[tuple[int, str]], model: type[models.Model]
) -> str | None:
    if len(fields) < 2:
        return next(iter(fields), None)
    fits = {
        field.name: _fits(field) for field in model._meta.concrete_fields if field.name in fields
    }
    closed = {name: fit for name, fit in fits.items() if fit}
    fitting = [name for name, fit in closed.items() if cells and all(fit(c) for _, c in cells)]
    return next(iter([*fitting, *(name for name in fields if name not in closed), *fields]))


def _fits(field: Any) -> Callable[[str], bool] | None:
    """Whether a cell is one of the field's few values; None where they aren't few."""
    if field.choices:
        values = dict(field.flatchoices)
        return lambda cell: choice_key(cell) in values
    if isinstance(field, models.BooleanField):
        return lambda cell: read_yes(cell) is not None
    return None


def describe_columns(upload: Upload, columns: Columns, own: ExportTable) -> list[Fault]:
    """What is to be said of the columns: fields that several claim, and what is left out."""
    notes = []
    for field in dict.fromkeys(filter(None, columns.values())):
        claims = [header for header, name in columns.items() if name == field]
        if len(claims) > 1:
            said = (
                "%(headers)s are all “%(field)s”: in each row the first that isn't blank is taken."
            )
            notes.append(remark("several_columns", said, headers=named(claims), field=field))
    ours = {header_key(header) for header, _ in own_headers(own)}
    left_out = [header for header, field in columns.items() if not field and column(upload, header)]
    computed = [header for header in left_out if header_key(header) in ours]
    unknown = [header for header in left_out if header not in computed]
    if computed:
        said = "%(headers)s: worked out here, so left out."
        notes.append(remark("columns_worked_out", said, headers=named(computed)))
    if unknown:
        said = "%(headers)s: not known here, so left out."
        notes.append(remark("columns_unknown", said, headers=named(unknown)))
    return notes


def named(headers: Sequence[str]) -> str:
    """The headers, quoted, the first twenty of them."""
    more = f" (+{len(headers) - 20})" if len(headers) > 20 else ""
    return ", ".join(f"“{header}”" for header in headers[:20]) + more

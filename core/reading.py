"""
Rows as dicts of their columns: what `values()` does, with the statement around the ids compiled
once. Django compiles a hundred columns anew for every query, which takes longer than reading them.
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.expressions import RawSQL

M = TypeVar("M", bound=models.Model)

IDS = "the ids"


class Statement(NamedTuple):
    """A SELECT in two pieces, between which the subquery of ids stands; and how values are read."""

    before: str
    after: str
    parameters_before: tuple[Any, ...]
    parameters_after: tuple[Any, ...]
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], Any]]


def read_rows(
    rows: "models.QuerySet[Any]", columns: Collection[str], **computed: Any
) -> list[dict[str, Any]]:
    """
    The rows of a queryset, in its order, as dicts of `columns` (paths, too) and of what is
    `computed`: expressions that are the same in every call, for they are compiled once.
    """
    query = rows.query
    model: Any = rows.model
    order: Any = query.order_by or (model._meta.ordering if query.default_ordering else ())
    try:
        ids, parameters = rows.values("pk").query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    except EmptyResultSet:
        return []
    statement = _statement(
        model, tuple(columns), tuple(computed.items()), tuple(order), connection.vendor
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"{statement.before}{ids}{statement.after}",
            [*statement.parameters_before, *parameters, *statement.parameters_after],
        )
        found = [list(row) for row in cursor.fetchall()]
    for place, converters, expression in statement.converters:
        for row in found:
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
    names = (*columns, *computed)
    return [dict(zip(names, row, strict=True)) for row in found]


def read_related(rows: "models.QuerySet[M]", path: str) -> list[M]:
    """
    What `rows.select_related(path)` gives, where every step of the path leads to somebody: for
    what each request reads.
    """
    links = _links(rows.model, path)
    columns = [f"{prefix}{name}" for prefix, _, names in links for name in names]
    found = []
    for row in read_rows(rows, columns):
        values = iter(row.values())
        chain: list[Any] = [
            model.from_db(DEFAULT_DB_ALIAS, names, list(islice(values, len(names))))
            for _, model, names in links
        ]
        for step, (owner, owned) in zip(path.split("__"), pairwise(chain), strict=True):
            setattr(owner, step, owned)
        found.append(chain[0])
    return found


@lru_cache
def _links(model: Any, path: str) -> list[tuple[str, type[models.Model], list[str]]]:
    """The model and those along the path: each with the path to it and its columns."""
    links, prefix = [("", model, _attributes(model))], ""
    for step in path.split("__"):
        model, prefix = model._meta.get_field(step).related_model, f"{prefix}{step}__"
        links.append((prefix, model, _attributes(model)))
    return links


def _attributes(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@lru_cache(maxsize=512)
def _statement(
    model: type[models.Model],
    columns: tuple[str, ...],
    computed: tuple[tuple[str, Any], ...],
    order: tuple[Any, ...],
    vendor: str,
) -> Statement:
    """What is the same for all ids; `vendor` is in the key alone."""
    rows = model._base_manager.filter(pk__in=RawSQL(IDS, []))  # noqa: S611  a constant
    rows = rows.annotate(**dict(computed)).order_by(*order)
    names = (*columns, *(name for name, _ in computed))
    compiler = rows.values(*names).query.get_compiler(DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    before, after = sql.split(IDS)
    middle = before.replace("%%", "").count("%s")
    selected = [expression for expression, _, _ in compiler.select]
    assert len(selected) == len(names)
    converters = compiler.get_converters(selected)
    return Statement(
        before,
        after,
        tuple(parameters[:middle]),
        tuple(parameters[middle:]),
        [(place, *found) for place, found in converters.items()],
    )

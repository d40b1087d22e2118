"""
Rows as dicts of their columns: what `values()` does, with the statement around the ids compiled
once. Django compiles a hundred columns anew for every query, which takes longer than reading them.
What every request asks with other values alone is compiled once as a whole (`read_prepared`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.expressions import RawSQL

M = TypeVar("M", bound=models.Model)

IDS = "the ids"


class Blank(NamedTuple):
    """Stands among a prepared statement's parameters for the value of that name."""

    name: str
    field: "models.Field[Any, Any]"


class Ids(NamedTuple):
    """The subquery of the ids of a model's rows, and their order."""

    model: Any
    sql: str
    parameters: Sequence[Any]
    order: tuple[Any, ...]


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
    try:
        ids = _ids(rows)
    except EmptyResultSet:
        return []
    return _read(ids, columns, computed)


def read_prepared(
    make: Callable[[], "models.QuerySet[Any]"],
    columns: Collection[str],
    values: Mapping[str, Any],
    **computed: Any,
) -> list[dict[str, Any]]:
    """
    `read_rows` of the queryset that `make`, a function of a module, makes with a `blank` for each
    of the `values`. It is made and compiled once, which takes Django longer than the answer.
    """
    ids = _prepared(make, connection.vendor)
    filled = [
        one.field.get_db_prep_value(values[one.name], connection) if isinstance(one, Blank) else one
        for one in ids.parameters
    ]
    return _read(ids._replace(parameters=filled), columns, computed)


def blank(name: str, field: "models.Field[Any, Any] | None" = None) -> models.Value:
    """What a prepared queryset is filtered by instead of a value, an id unless `field` says."""
    return models.Value(Blank(name, field or models.UUIDField()))


@lru_cache
def _prepared(make: Callable[[], "models.QuerySet[Any]"], vendor: str) -> Ids:
    """`vendor` is in the key alone."""
    return _ids(make())


def _ids(rows: "models.QuerySet[Any]") -> Ids:
    query = rows.query
    model: Any = rows.model
    order: Any = query.order_by or (model._meta.ordering if query.default_ordering else ())
    sql, parameters = rows.values("pk").query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return Ids(model, sql, parameters, tuple(order))


def _read(ids: Ids, columns: Collection[str], computed: Mapping[str, Any]) -> list[dict[str, Any]]:
    statement = _statement(
        ids.model, tuple(columns), tuple(computed.items()), ids.order, connection.vendor
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"{statement.before}{ids.sql}{statement.after}",
            [*statement.parameters_before, *ids.parameters, *statement.parameters_after],
        )
        found = [list(row) for row in cursor.fetchall()]
    for place, converters, expression in statement.converters:
        for row in found:
            for convert in converters:
                row[place] = convert(row[place], expression, connection)
    names = (*columns, *computed)
    return [dict(zip(names, row, strict=True)) for row in found]


def read_related(
    make: "Callable[[], models.QuerySet[M]]", path: str, values: Mapping[str, Any]
) -> list[M]:
    """
    What `make().select_related(path)` gives, prepared, where every step of the path leads to
    somebody: for what each request reads.
    """
    links = _links(make, path)
    columns = [f"{prefix}{name}" for prefix, _, names in links for name in names]
    found = []
    for row in read_prepared(make, columns, values):
        given = iter(row.values())
        chain: list[Any] = [
            model.from_db(DEFAULT_DB_ALIAS, names, list(islice(given, len(names))))
            for _, model, names in links
        ]
        for step, (owner, owned) in zip(path.split("__"), pairwise(chain), strict=True):
            setattr(owner, step, owned)
        found.append(chain[0])
    return found


@lru_cache
def _links(
    make: "Callable[[], models.QuerySet[Any]]", path: str
) -> list[tuple[str, type[models.Model], list[str]]]:
    """The model and those along the path: each with the path to it and its columns."""
    model: Any = make().model
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

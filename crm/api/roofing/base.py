"""
The native API's grammar: `{"data": …}`, `pagination`, snake_case, and the plain life of a resource.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.errors import Fault, Malformed, NotFound
from core.filters import ConditionsFilterSet
from core.tenancy.actor import Actor
from crm.api.kernel.filters import filter_parameters, read_list
from crm.api.kernel.paging import Page, PageNumberField, page_of
from crm.api.kernel.queries import Query
from crm.api.kernel.views import DialectView
from crm.api.kernel.words import Unreadable, Words
from crm.api.roofing.errors import ROOFING, SCHEMA, error_statuses

PAGE_SIZE = 50
LARGEST_PAGE = 100


class RoofingView(DialectView):
    dialect = ROOFING
    error_schema = SCHEMA
    error_statuses = staticmethod(error_statuses)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # reading operations say which parameters they take, writing ones take none
        if request.method not in ("GET", "HEAD"):
            self.query(Query)

    def asked(self, *names: str) -> dict[str, Any]:
        """
        The body of an operation that isn't a row: an object of these keys and no others. Raises
        Malformed and Unreadable.
        """
        data = self.request.data
        if not isinstance(data, dict):
            raise Malformed("The body must be a JSON object")
        unknown = {key: [Fault("unknown", "Unknown field.")] for key in data if key not in names}
        if unknown:
            raise Unreadable(unknown)
        return data

    def query_list(
        self, query: type[Query], filterset_class: type[ConditionsFilterSet[Any]]
    ) -> tuple[dict[str, Any], Any]:
        """The list's own parameters, and the conditions of the others. Raises Unreadable."""
        zone = self.actor.organization.time_zone
        return read_list(self.request.query_params, query, filterset_class, time_zone=zone)

    def paged(
        self,
        rows: "QuerySet[Any]",
        words: type[Words],
        *,
        order: Sequence[str],
        query: Mapping[str, Any],
    ) -> Response:
        """
        The page of `rows` that `query` (a checked PageQuery) asks for, in the documented envelope.
        """
        page = page_of(
            rows, order=order, columns=words.columns(), number=query["page"], size=query["per_page"]
        )
        return Response({"data": words.show_all(page.rows), "pagination": pagination(page)})


class PageQuery(Query):
    page = PageNumberField(default=1)
    per_page = PageNumberField(default=PAGE_SIZE, most=LARGEST_PAGE)


class Pagination(serializers.Serializer):  # type: ignore[type-arg]
    page = serializers.IntegerField()
    per_page = serializers.IntegerField()
    total = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    has_next = serializers.BooleanField()
    has_prev = serializers.BooleanField()


def pagination(page: Page) -> dict[str, Any]:
    return {
        "page": page.number,
        "per_page": page.size,
        "total": page.total,
        "total_pages": page.pages,
        "has_next": page.number < page.pages,
        "has_prev": page.number > 1,
    }


@cache
def one(words: type[Words]) -> Any:
    """The documented envelope of one object."""
    return inline_serializer(f"{words.__name__.removesuffix('Words')}Answer", {"data": words()})


@cache
def many(words: type[Words]) -> Any:
    """The documented envelope of a page of objects."""
    name = f"{words.__name__.removesuffix('Words')}Page"
    return inline_serializer(name, {"data": words(many=True), "pagination": Pagination()})


@cache
def message() -> Any:
    """The documented answer of an operation that has nothing to show."""
    return inline_serializer("Message", {"message": serializers.CharField()})


class Resource(RoofingView):
    """
    What the list and the item of a resource share: its words, how it is read, and the services that
    write it.
    """

    noun: ClassVar[str]
    words_class: ClassVar[type[Words]]
    rows: ClassVar[Callable[..., "QuerySet[Any]"]]
    filterset_class: ClassVar[type[ConditionsFilterSet[Any]]]
    """The parameters that the list takes beside the page's."""
    order: ClassVar[Sequence[str]] = ("-created_at", "-id")
    create: ClassVar[Callable[..., Any]]
    update: ClassVar[Callable[..., Any]]
    delete_row: ClassVar[Callable[..., None] | None] = None
    key: ClassVar[str]
    """The keyword by which the services take the id."""

    def present(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The documented objects of rows."""
        return self.words_class.show_all(rows)

    def shown(self, actor: Actor, key: UUID) -> dict[str, Any]:
        """One documented object. Raises Forbidden and NotFound."""
        row = (
            type(self).rows(actor=actor).filter(pk=key).values(*self.words_class.columns()).first()
        )
        if row is None:
            raise NotFound(self.noun, key)
        return self.present([row])[0]


class ResourceList(Resource):
    """`GET` a page, `POST` a new one where the resource can be created."""

    replays = True
    http_method_names = ("get", "head", "post", "options")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        plural = cls.__name__.removesuffix("List").lower()
        parameters = filter_parameters(cls.filterset_class)
        page, answer = many(cls.words_class), {201: one(cls.words_class)}
        cls.get = extend_schema(
            operation_id=f"list_{plural}", parameters=[PageQuery, *parameters], responses=page
        )(_own(cls.get))
        cls.post = extend_schema(
            operation_id=f"create_{plural}", request=cls.words_class, responses=answer
        )(_own(cls.post))

    def get(self, request: Any) -> Response:
        page, conditions = self.query_list(PageQuery, self.filterset_class)
        rows = type(self).rows(actor=self.actor, conditions=conditions)
        found = page_of(
            rows,
            order=self.order,
            columns=self.words_class.columns(),
            number=page["page"],
            size=page["per_page"],
        )
        return Response({"data": self.present(found.rows), "pagination": pagination(found)})

    def post(self, request: Any) -> Response:
        create = type(self).create
        self.allow(create)
        values = self.body(self.words_class)
        return self.once(
            lambda: Response(
                {"data": self.shown(self.reader, create(actor=self.actor, values=values).pk)},
                status=201,
            )
        )


class ResourceItem(Resource):
    """
    `GET`, `PUT` (partial, as `PATCH`) and, where the resource can be deleted, `DELETE` of one.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        single, answer = cls.__name__.removesuffix("Item").lower(), one(cls.words_class)
        cls.http_method_names = [
            "get",
            "head",
            "put",
            "patch",
            "options",
            *(["delete"] if cls.delete_row else []),
        ]
        cls.get = extend_schema(operation_id=f"read_{single}", responses=answer)(_own(cls.get))
        cls.put = extend_schema(
            operation_id=f"update_{single}", request=cls.words_class, responses=answer
        )(_own(cls.put))
        cls.patch = extend_schema(
            operation_id=f"patch_{single}", request=cls.words_class, responses=answer
        )(_own(cls.patch))
        cls.delete = extend_schema(
            operation_id=f"delete_{single}", request=None, responses=message()
        )(_own(cls.delete))

    def get(self, request: Any, row_id: str) -> Response:
        self.query(Query)
        return Response({"data": self.shown(self.actor, self.id(row_id, self.noun))})

    def put(self, request: Any, row_id: str) -> Response:
        update = type(self).update
        self.allow(update)
        key = self.id(row_id, self.noun)
        update(actor=self.actor, values=self.body(self.words_class), **{self.key: key})
        return Response({"data": self.shown(self.reader, key)})

    def patch(self, request: Any, row_id: str) -> Response:
        return self.put(request, row_id=row_id)

    def delete(self, request: Any, row_id: str) -> Response:
        delete = type(self).delete_row
        assert delete is not None
        self.allow(delete)
        delete(actor=self.actor, **{self.key: self.id(row_id, self.noun)})
        return Response({"message": f"{self.noun} {row_id} deleted successfully"})


def _own(method: Callable[..., Response]) -> Callable[..., Response]:
    """A method of the subclass's own, so that describing it describes no other resource."""

    def own(self: Any, request: Any, **kwargs: Any) -> Response:
        return method(self, request, **kwargs)

    return own

"""
The plain life of a noun: the actions of DRF's own mixins, reading by the viewset's selector and
writing by its services.
"""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.kernel.viewsets import DialectViewSet


class ListMixin(DialectViewSet):
    def list(self, request: Request, **kwargs: Any) -> Response:
        response = self.get_page(self.filter_queryset(self.get_queryset()))
        if self.paginator is not None and not self.paginator.page.total and self.reread_filters():
            return self.get_page(self.get_queryset())
        return response


class CreateMixin(DialectViewSet):
    def create(self, request: Request, **kwargs: Any) -> Response:
        serializer = self.get_valid_serializer()

        def work() -> Response:
            return self.answer(self.get_written(self.perform_create(serializer)), status=201)

        return self.once(work)

    def perform_create(self, serializer: Any) -> Any:
        """Calls the service; answers the row."""
        return self.services["create"](actor=self.actor, values=serializer.validated_data)


class RetrieveMixin(DialectViewSet):
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return self.answer(self.get_object())


class UpdateMixin(DialectViewSet):
    def update(self, request: Request, **kwargs: Any) -> Response:
        """What isn't sent stays, by PUT as by PATCH."""
        row = self.perform_update(self.get_valid_serializer(partial=True))
        return self.answer(self.get_written(row))

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """What isn't sent stays."""
        return self.update(request, **kwargs)

    def perform_update(self, serializer: Any) -> Any:
        """Calls the service; answers the row."""
        service: Any = self.get_service()
        return service(
            actor=self.actor,
            values=serializer.validated_data,
            **{self.service_kwarg: self.lookup_key},
            **self.get_precondition(),
        )


class DestroyMixin(DialectViewSet):
    destroy_serializer_class: ClassVar[Any]
    """What documents the answer."""

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        key = self.lookup_key
        self.services["destroy"](
            actor=self.actor, **{self.service_kwarg: key}, **self.get_precondition()
        )
        return Response(self.get_destroyed())

    def get_destroyed(self) -> dict[str, Any]:
        """The documented answer."""
        return {"message": f"{self.noun} deleted successfully"}

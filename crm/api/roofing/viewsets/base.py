"""The native API's grammar: `{"data": …}`, `pagination`, and the life of a plain resource."""

from typing import Any

from core.tenancy.policy import Permission
from crm.api.kernel.mixins import CreateMixin, DestroyMixin, ListMixin, RetrieveMixin, UpdateMixin
from crm.api.kernel.viewsets import DialectViewSet
from crm.api.roofing.exceptions import ROOFING
from crm.api.roofing.pagination import RoofingPagination
from crm.api.roofing.serializers.answers import MessageSerializer, in_data

READING = {"list": Permission.VIEW, "retrieve": Permission.VIEW}


class RoofingViewSet(DialectViewSet):
    dialect = ROOFING
    pagination_class = RoofingPagination
    destroy_serializer_class = MessageSerializer
    documented_headers = {"Idempotency-Key": ("create",)}

    def get_answer(self, shown: Any) -> Any:
        return {"data": shown}

    def get_answer_serializer(self) -> Any:
        return in_data(self.get_serializer_class())

    def get_destroyed(self) -> dict[str, Any]:
        key = self.kwargs[self.lookup_url_kwarg]
        return {"message": f"{self.noun} {key} deleted successfully"}


class ResourceViewSet(RoofingViewSet, ListMixin, CreateMixin, RetrieveMixin, UpdateMixin):
    """A noun that is listed, created, read and changed."""

    lookup_url_kwarg = "row_id"
    reads_back = True
    documented_headers = {
        "If-Match": ("update", "partial_update", "destroy"),
        "Idempotency-Key": ("create",),
    }


class DeletableViewSet(ResourceViewSet, DestroyMixin):
    """And deleted."""

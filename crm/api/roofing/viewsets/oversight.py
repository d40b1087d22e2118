"""The audit trail, the people of the staff and their sessions, the organization."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.audit.filters import AuditFilterSet
from core.audit.selectors import entries
from core.errors import MalformedId
from core.identity.staff import (
    UserFilterSet,
    invite_user_by_letter,
    people,
    reset_second_factor,
    revoke_session,
    send_invitation,
    sessions_of,
    update_user,
)
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.tenancy.selectors import own_organization
from core.tenancy.services.organizations import update_organization
from crm.api.kernel.links import site_of
from crm.api.kernel.mixins import (
    CreateMixin,
    DestroyMixin,
    ListMixin,
    RetrieveMixin,
    UpdateMixin,
)
from crm.api.roofing.serializers.answers import MessageSerializer
from crm.api.roofing.serializers.oversight import (
    AuditEntrySerializer,
    OrganizationSerializer,
    SessionSerializer,
    UserChangeSerializer,
    UserSerializer,
)
from crm.api.roofing.viewsets.base import RoofingViewSet


class AuditEntryViewSet(RoofingViewSet, ListMixin, RetrieveMixin):
    """Who did what, when, from where, with the values before and after; the newest first."""

    noun = "Audit entry"
    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilterSet
    selector = entries
    lookup_url_kwarg = "row_id"
    versioned = False
    ordering = ("-id",)
    services = {"list": Permission.VIEW_AUDIT, "retrieve": Permission.VIEW_AUDIT}


class UserViewSet(RoofingViewSet, ListMixin, CreateMixin, RetrieveMixin, UpdateMixin):
    """The people of the staff. Nobody is deleted: access ends with `is_active`."""

    noun = "User"
    serializer_class = UserSerializer
    filterset_class = UserFilterSet
    selector = people
    lookup_url_kwarg = "row_id"
    service_kwarg = "user_id"
    ordering = ("email", "id")
    services = {
        "list": Permission.MANAGE_USERS,
        "retrieve": Permission.MANAGE_USERS,
        "create": invite_user_by_letter,
        "update": update_user,
        "invitation": send_invitation,
        "second_factor": reset_second_factor,
    }
    input_serializers = {"update": UserChangeSerializer, "invitation": None}
    documented_headers = {
        "If-Match": ("update", "partial_update"),
        "Idempotency-Key": ("create",),
    }

    def create(self, request: Request, **kwargs: Any) -> Response:
        """Writes them a letter with a link by which they choose a password."""
        return super().create(request, **kwargs)

    def perform_create(self, serializer: Any) -> Any:
        return invite_user_by_letter(
            actor=self.actor, values=serializer.validated_data, site=self.get_site()
        )

    @extend_schema(request=None, responses={202: MessageSerializer})
    @action(detail=True, methods=["post"])
    def invitation(self, request: Request, row_id: str) -> Response:
        """Writes the letter again, with another link; a present password stays good."""
        user = send_invitation(actor=self.actor, user_id=self.lookup_key, site=self.get_site())
        return Response({"message": f"A letter is on its way to {user.email}"}, status=202)

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["delete"], url_path="second-factor")
    def second_factor(self, request: Request, row_id: str) -> Response:
        """
        Takes their second factor away, who has lost it: they are signed out everywhere, and told by
        a letter.
        """
        reset_second_factor(actor=self.actor, user_id=self.lookup_key, site=self.get_site())
        return Response({"message": "The second factor was taken away"})

    def get_site(self) -> str:
        """What the letters' links begin with."""
        return site_of(self.request._request)


class UserSessionViewSet(RoofingViewSet, ListMixin, DestroyMixin):
    """Where somebody of the staff is signed in: clients of the APIs, and browsers."""

    noun = "Session"
    serializer_class = SessionSerializer
    selector = sessions_of
    lookup_url_kwarg = "row_id"
    versioned = False
    ordering = ("-id",)
    services = {"list": Permission.MANAGE_USERS, "destroy": revoke_session}

    @property
    def user_id(self) -> UUID:
        text = self.kwargs["user_id"]
        key = parse_id(text)
        if key is None:
            raise MalformedId("User", text)
        return key

    def select(self, actor: Actor, **chosen: Any) -> "QuerySet[Any]":
        return super().select(actor, user_id=self.user_id, **chosen)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Signs one client out, at once."""
        revoke_session(actor=self.actor, session_id=self.lookup_key, user_id=self.user_id)
        return Response(self.get_destroyed())


class OrganizationViewSet(RoofingViewSet, RetrieveMixin, UpdateMixin):
    """The organization worked in: its region, and the thresholds that customers are sorted by."""

    noun = "Organization"
    serializer_class = OrganizationSerializer
    selector = own_organization
    services = {"retrieve": Permission.MANAGE_THRESHOLDS, "update": update_organization}
    reads_back = True
    documented_headers = {"If-Match": ("update", "partial_update")}

    @property
    def lookup_key(self) -> UUID:  # type: ignore[override]
        """Its own id is nobody's to say."""
        return self.actor.organization.pk

    def update(self, request: Request, **kwargs: Any) -> Response:
        """Changed thresholds hold at once; a job applies them to all customers."""
        return super().update(request, **kwargs)

    def perform_update(self, serializer: Any) -> Any:
        return update_organization(
            actor=self.actor,
            organization=self.actor.organization,
            values=serializer.validated_data,
            **self.get_precondition(),
        )

"""Signing in and out, for all that take a bearer token."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.errors import Fault, Malformed
from core.identity import services, tokens
from core.identity.models import User
from crm.api.kernel.credentials import bearer
from crm.api.kernel.queries import Query
from crm.api.kernel.words import Unreadable
from crm.api.roofing.base import RoofingView, message

PAIR = inline_serializer(
    "TokenPair", {"access": serializers.CharField(), "refresh": serializers.CharField()}
)
REFRESH = inline_serializer("RefreshToken", {"refresh": serializers.CharField()})


class OpenView(RoofingView):
    """A view without a credential."""

    credentials = ()
    tags = ("sign-in",)

    def texts(self, *names: str) -> list[str]:
        """The body's texts of these names, no others. Raises Malformed and Unreadable."""
        data = self.request.data
        if not isinstance(data, dict):
            raise Malformed("The body must be a JSON object")
        faults = {key: [Fault("unknown", "Unknown field.")] for key in data if key not in names}
        for name in names:
            if not isinstance(data.get(name), str) or not data[name] or "\x00" in data[name]:
                faults[name] = [Fault("required", "This field is required and must be a string.")]
        if faults:
            raise Unreadable(faults)
        return [data[name] for name in names]


class TokenView(OpenView):
    @extend_schema(
        operation_id="sign_in",
        request=inline_serializer(
            "Credentials", {"email": serializers.EmailField(), "password": serializers.CharField()}
        ),
        responses=PAIR,
    )
    def post(self, request: Any) -> Response:
        """The tokens of a new session: access for 15 minutes, refresh for 7 days."""
        email, password = self.texts("email", "password")
        outer = request._request
        pair = services.sign_in(
            email=email,
            password=password,
            address=outer.client_address,
            request_id=outer.request_id,
        )
        return Response({"access": pair.access, "refresh": pair.refresh})


class RefreshView(OpenView):
    @extend_schema(operation_id="refresh_tokens", request=REFRESH, responses=PAIR)
    def post(self, request: Any) -> Response:
        """The next pair. A refresh token works once; a second use ends the session."""
        (refresh,) = self.texts("refresh")
        pair = tokens.rotate(refresh=refresh)
        return Response({"access": pair.access, "refresh": pair.refresh})


class LogoutView(OpenView):
    @extend_schema(
        operation_id="sign_out",
        request=inline_serializer("SignOut", {"refresh": serializers.CharField(required=False)}),
        responses=message(),
    )
    def post(self, request: Any) -> Response:
        """Ends the session of the bearer token, or of the refresh token in the body, at once."""
        outer = request._request
        scheme, _, access = outer.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            session = tokens.session_of(access=access.strip())
        else:
            (refresh,) = self.texts("refresh")
            session = tokens.session_of_refresh(refresh=refresh)
        services.sign_out(
            session=session, address=outer.client_address, request_id=outer.request_id
        )
        return Response({"message": "Signed out"})


class MeView(RoofingView):
    tags = ("sign-in",)
    credentials = (bearer,)

    @extend_schema(
        operation_id="me",
        responses=inline_serializer(
            "Me",
            {
                "id": serializers.UUIDField(),
                "email": serializers.EmailField(),
                "first_name": serializers.CharField(allow_null=True),
                "last_name": serializers.CharField(allow_null=True),
                "role": serializers.CharField(),
                "organization": inline_serializer(
                    "MyOrganization",
                    {
                        "id": serializers.UUIDField(),
                        "slug": serializers.CharField(),
                        "name": serializers.CharField(),
                    },
                ),
            },
        ),
    )
    def get(self, request: Any) -> Response:
        """Who the bearer is, and the organization worked in."""
        self.query(Query)
        user = User.objects.unscoped().get(pk=self.actor.id)
        organization = self.actor.organization
        return Response(
            {
                "id": user.pk,
                "email": user.email,
                "first_name": user.first_name or None,
                "last_name": user.last_name or None,
                "role": user.role,
                "organization": {
                    "id": organization.pk,
                    "slug": organization.slug,
                    "name": organization.name,
                },
            }
        )


PATHS = [
    path("api/auth/token", TokenView.as_view()),
    path("api/auth/refresh", RefreshView.as_view()),
    path("api/auth/token/refresh", RefreshView.as_view(schema=None)),
    path("api/auth/logout", LogoutView.as_view()),
    path("api/auth/me", MeView.as_view()),
]

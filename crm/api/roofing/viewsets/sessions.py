"""Signing in and out, for all that take a bearer token."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.identity.services import sign_in, sign_out
from core.identity.tokens import Origin, TokenPair, rotate, session_of, session_of_refresh
from crm.api.kernel.authentication import BearerAuthentication
from crm.api.kernel.links import site_of
from crm.api.kernel.permissions import IsSignedIn
from crm.api.kernel.viewsets import DialectViewSet
from crm.api.roofing.exceptions import ROOFING
from crm.api.roofing.serializers.answers import MessageSerializer
from crm.api.roofing.serializers.sessions import (
    CredentialsSerializer,
    MeSerializer,
    RefreshTokenSerializer,
    SignOutSerializer,
    TokenPairSerializer,
)

_OPEN: dict[str, Any] = {
    "methods": ["post"],
    "detail": False,
    "authentication_classes": (),
    "permission_classes": (AllowAny,),
    "throttle_classes": (),
}
"""What takes no credential; guessing is counted by the services."""


class SessionViewSet(DialectViewSet):
    dialect = ROOFING
    tags = ("sign-in",)
    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsSignedIn,)
    input_serializers = {
        "token": CredentialsSerializer,
        "refresh": RefreshTokenSerializer,
        "refresh_token": RefreshTokenSerializer,
        "logout": None,
    }

    @extend_schema(operation_id="sign_in", responses=TokenPairSerializer)
    @action(**_OPEN)
    def token(self, request: Request) -> Response:
        """
        The tokens of a new session: access for 15 minutes, refresh for 7 days.

        Who has a second factor sends its code as `otp`; without it, or with a wrong one, the answer
        is 401 with `details.otp`. Who still has to set one up, because their organization asks for
        it, is answered 403.
        """
        given = dict(self.get_valid_serializer().validated_data)
        code = given.pop("otp", "")
        return self._answer(sign_in(**given, code=code, origin=self.get_origin()))

    @extend_schema(operation_id="refresh_tokens", responses=TokenPairSerializer)
    @action(**_OPEN)
    def refresh(self, request: Request) -> Response:
        """The next pair. A refresh token works once; a second use ends the session."""
        given = self.get_valid_serializer().validated_data
        return self._answer(rotate(**given, origin=self.get_origin()))

    @extend_schema(exclude=True)
    @action(**_OPEN, url_path="token/refresh")
    def refresh_token(self, request: Request) -> Response:
        """The same, where clients of simplejwt look for it."""
        return self.refresh(request)

    @extend_schema(operation_id="sign_out", request=SignOutSerializer, responses=MessageSerializer)
    @action(**_OPEN)
    def logout(self, request: Request) -> Response:
        """Ends the session of the bearer token, or of the refresh token in the body, at once."""
        scheme, _, access = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            session = session_of(access=access.strip())
        else:
            self.check_body()
            read = self.get_valid_serializer(RefreshTokenSerializer)
            session = session_of_refresh(**read.validated_data)
        sign_out(session=session, origin=self.get_origin())
        return Response({"message": "Signed out"})

    @extend_schema(operation_id="me", responses=MeSerializer)
    @action(detail=False)
    def me(self, request: Request) -> Response:
        """Who the bearer is, and the organization worked in."""
        organization = vars(self.actor.organization)
        return Response(MeSerializer({**vars(request.user), "organization": organization}).data)

    def get_origin(self) -> Origin:
        """Where the request comes from."""
        outer: Any = self.request._request
        return Origin(
            address=outer.client_address,
            request_id=outer.request_id,
            client=self.request.headers.get("User-Agent", ""),
            site=site_of(outer),
        )

    def _answer(self, pair: TokenPair) -> Response:
        return Response({"access": pair.access, "refresh": pair.refresh})

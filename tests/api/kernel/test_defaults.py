"""A view that says nothing is closed."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.cast import Cast
from tests.client import ApiClient


class Forgotten(APIView):
    """What somebody adds tomorrow, thinking of nothing."""

    def get(self, request: Request) -> Response:
        return Response({"secret": True})


urlpatterns = [path("forgotten", Forgotten.as_view())]


@pytest.fixture(autouse=True)
def _routed() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def answers(**credentials: Any) -> tuple[int, Any]:
    response = ApiClient(**credentials).get("/forgotten")
    return response.status_code, response.json()


def test_nobody_is_401_and_everybody_403(cast: Cast) -> None:
    unauthenticated = (401, {"detail": "Authentication required"})
    forbidden = (403, {"detail": "You do not have permission to perform this action"})
    assert answers() == unauthenticated
    assert answers(key="nonsense") == unauthenticated
    assert answers(Authorization="Bearer nonsense") == unauthenticated
    for user in cast.roles.values():
        assert answers(user=user) == forbidden
    assert answers(key=cast.live_key) == forbidden


def test_a_missing_credential_is_told_which_one_is_taken(cast: Cast) -> None:
    response = ApiClient().get("/forgotten")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="crm"'


def test_another_organization_is_refused_to_those_who_may_not(cast: Cast) -> None:
    headers = {"X-Organization": cast.other.slug}
    response = ApiClient(user=cast.alice, **headers).get("/forgotten")
    assert (response.status_code, response.json()) == (
        403,
        {"detail": "You may not work in another organization"},
    )

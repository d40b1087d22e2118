"""The front door: where one is led, and whether the house stands."""

import io
import os
import subprocess
import sys
from typing import Any
from unittest import mock

import pytest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from crm import views
from crm.middleware import RequestContext
from tests.cast import Cast
from tests.client import ApiClient


def test_strangers_are_led_to_the_login_page(db: None) -> None:
    response = Client().get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/app/sign-in/")


def test_health_needs_no_sign_in_in_both_slash_forms(db: None) -> None:
    for path in ("/healthz", "/healthz/"):
        assert Client().get(path).json() == {"status": "ok"}
    for path in ("/readyz", "/readyz/"):
        response = Client().get(path)
        assert (response.status_code, response.json()["checks"]) == (
            200,
            {"database": True, "cache": True, "migrations": True},
        )
    outside = Client(enforce_csrf_checks=True)
    for path in ("/healthz", "/readyz"):
        assert {outside.generic(way, path).status_code for way in ("POST", "PUT", "OPTIONS")} == {
            405
        }
        assert outside.head(path).status_code == 200


def test_a_house_without_its_cache_is_not_ready(db: None) -> None:
    with mock.patch.object(views.cache, "set", side_effect=ConnectionError):
        response = Client().get("/readyz")
    assert (response.status_code, response.json()["checks"]["cache"]) == (503, False)


def test_pages_that_are_not_there_say_so_with_the_request_id_in_the_headers(db: None) -> None:
    response = Client().get("/nowhere/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()
    assert len(response.headers["X-Request-ID"]) == 32


def test_the_icon_is_found_where_browsers_look(db: None) -> None:
    assert Client().get("/favicon.ico").headers["Location"].endswith("favicon.svg")


def test_the_docs_load_nothing_from_another_host(db: None) -> None:
    response = Client().get("/api/docs/")
    assert response.status_code == 200
    assert "//" not in response.content.decode().replace("http://www.w3.org", "")
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


# What a production server refuses

PRODUCTION = {
    "SECRET_KEY": "a-secret-of-ones-own-0123456789-abcdefghij",
    "ALLOWED_HOSTS": "crm.example.com",
    "DATABASE_URL": "sqlite:///:memory:",
}


def started(**settings: str) -> tuple[int, str]:
    """How reading the settings ends with DEBUG off, and what it says."""
    done = subprocess.run(
        [sys.executable, "-c", "import crm.settings"],
        env={"PATH": os.environ["PATH"], **PRODUCTION, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_production_starts_with_a_secret_and_named_hosts() -> None:
    assert started()[0] == 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "x"}, "SECRET_KEY must be a secret"),
        (
            {"SECRET_KEY": "development-only-not-a-secret-" + "0123456789" * 3},
            "SECRET_KEY must be a secret",
        ),
        ({"ALLOWED_HOSTS": ""}, "Set ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "crm.example.com,*"}, "ALLOWED_HOSTS must name hosts"),
    ],
)
def test_production_does_not_start_with_what_is_only_for_development(
    given: dict[str, str], reason: str
) -> None:
    code, said = started(**given)
    assert code != 0
    assert reason in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/api/customers", {"error"}),
        ("/api/v1/customers", {"detail"}),
        ("/api/v2/customers", {"success", "error"}),
        ("/customers", {"statusCode", "message"}),
    ],
)
def test_a_credential_over_plain_http_is_refused_not_redirected(
    db: None, settings: Any, path: str, keys: set[str]
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    sent = {"REMOTE_ADDR": "203.0.113.5", "HTTP_X_API_KEY": "crm_live_x"}
    answer = Client().get(path, **sent)
    assert (answer.status_code, set(answer.json())) == (403, keys)
    assert "https" in answer.content.decode()
    assert Client().get(path, **sent, secure=True).status_code == 401
    assert Client().get(path, HTTP_X_API_KEY="crm_live_x").status_code == 401  # this machine's own
    page = Client().get("/app/sign-in/", REMOTE_ADDR="203.0.113.5")
    assert page["Location"] == "https://testserver/app/sign-in/"


def test_a_form_larger_than_any_is_refused_before_it_is_read(db: None, settings: Any) -> None:
    sent: dict[str, Any] = {"CONTENT_LENGTH": str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    body = mock.Mock(wraps=io.BytesIO())
    for path in ("/app/sign-in/", "/admin/customers/customer/import/", "/nowhere/"):
        request = RequestFactory().post(path, **sent)
        request.environ["wsgi.input"] = body
        answer = WSGIHandler().get_response(WSGIRequest(request.environ))
        assert (answer.status_code, answer["Content-Type"]) == (413, "text/html; charset=utf-8")
    body.read.assert_not_called()


def test_a_body_that_ends_early_is_a_bad_request(cast: Cast) -> None:
    client = ApiClient(user=cast.alice)
    with mock.patch("django.core.handlers.wsgi.LimitedStream.read", side_effect=OSError):
        answer = client.post("/api/customers", {"first_name": "A"})
    assert (answer.status_code, answer.json()) == (400, {"error": "The body ended before its end"})


def test_head_leaves_no_body_to_the_server(rf: RequestFactory) -> None:
    answered = RequestContext(lambda request: HttpResponse(b"{}", headers={"Content-Length": "2"}))
    told = {method: answered(rf.generic(method, "/healthz")) for method in ("GET", "HEAD")}
    assert [told["GET"].content, told["HEAD"].content] == [b"{}", b""]
    assert told["HEAD"].headers["Content-Length"] == "2"

"""The front door: where one is led, and whether the house stands."""

from unittest import mock

from django.test import Client

from crm import views


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

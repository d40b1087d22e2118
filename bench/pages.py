"""
The server's time for the pages that people look at most, against the list of customers, which reads
and shows fifty rows.
"""

from collections.abc import Iterator

from django.test import Client

from bench import client
from bench.measuring import Line, at_most


def signed_in() -> Client:
    """A browser, signed in."""
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.post("/app/sign-in/", client.LOGIN)
    return browser


def measured() -> Iterator[Line]:
    browser = signed_in()

    def show(path: str) -> None:
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    key = client.get("/api/customers?per_page=1&page=40")["data"][0]["id"]
    for name, path in {
        "the page of a customer": f"/app/customers/{key}/",
        "the dashboard": "/app/dashboard/",
        "the dashboard's returning customers, fetched after it": "/app/dashboard/retention/",
        "the list of a status": "/app/customers/?status=churned",
    }.items():
        yield at_most(
            f"server time: {name}",
            lambda path=path: show(path),
            lambda: show("/app/customers/"),
            bar=1.5,
            repeat=9,
            note="limit: the page of the list",
        )

"""
The same requests on a hundredth of the customers: each database in a process of its own, in turns.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from urllib.parse import quote

from django.db import transaction

from bench import client
from bench.measuring import Line, medians
from bench.pages import signed_in
from bench.reading import uncounted
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers.services.creation import add_customer

ROUNDS = 3
REQUESTS = {
    "list": "/api/customers?per_page=50",
    "list of a status": "/api/customers?per_page=50&status=churned",
    "search by e-mail": "/api/customers?per_page=50&search={email}",
    "search by phone": "/api/customers?per_page=50&search={phone}",
    "search by a name, without its total": "/api/customers?per_page=50&search={last_name}",
    "search by two words": "/api/customers?per_page=50&search={first_name}%20{last_name}",
    "search for nothing": "/api/customers?per_page=50&search=zzqxj",
    "detail": "/api/customers/{id}?include_history=true&include_projects=true",
    "statistics": "/api/customers/stats",
}
DASHBOARD, CREATE = "dashboard", "create"


def here() -> dict[str, float]:
    """Seconds of each request on this process's database."""
    rows = client.get("/api/customers?per_page=100")["data"]
    row = next(
        row
        for row in rows
        if row["email"] and row["phone"] and row["first_name"] and row["last_name"]
    )
    asked = {name: quote(str(value)) for name, value in row.items()}
    taken = {}
    for name, path in REQUESTS.items():
        with uncounted() if name.endswith("without its total") else nullcontext():
            work = partial(client.call, "GET", path.format_map(asked))
            taken[name] = medians(work, repeat=15)[0]
    browser = signed_in()
    taken[DASHBOARD] = medians(lambda: browser.get("/app/dashboard/"), repeat=5)[0]
    taken[CREATE] = medians(_created, repeat=15)[0]
    return taken


def _created() -> None:
    """The service writes a customer whole; what it wrote is taken back."""
    organization = Organization.objects.get(slug="demo")
    actor = Actor.system(organization=organization, label="benchmark", environment=Environment.LIVE)
    values = {"first_name": "Bench", "last_name": "Growth", "email": "growth@bench.example"}
    with transaction.atomic():
        add_customer(actor=actor, values=values)
        transaction.set_rollback(True)


def measured() -> Iterator[Line]:
    small, large = os.environ["SMALL_DATABASE_URL"], os.environ["DATABASE_URL"]
    taken: dict[str, list[dict[str, float]]] = {small: [], large: []}
    for _ in range(ROUNDS):
        for url, found in taken.items():
            command = [sys.executable, "-m", "bench.growth"]
            environment = {**os.environ, "DATABASE_URL": url}
            output = subprocess.run(  # noqa: S603
                command, env=environment, check=True, capture_output=True, text=True
            ).stdout
            found.append(json.loads(output))
    for name in (*REQUESTS, DASHBOARD, CREATE):
        before, after = (
            statistics.median(row[name] for row in taken[url]) * 1000 for url in (small, large)
        )
        yield Line(f"growth a hundredfold: {name}", after, before, "ms", after / before, 1.5)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(here()))

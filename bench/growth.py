"""
The same requests on a hundredth of the customers: each database in a process of its own, in turns.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

from bench import client
from bench.measuring import Line, medians

ROUNDS = 3
REQUESTS = {
    "list": "/api/customers?per_page=50",
    "list of a status": "/api/customers?per_page=50&status=churned",
    "search by e-mail": "/api/customers?per_page=50&search={email}",
    "search by phone": "/api/customers?per_page=50&search={phone}",
    "search by two words": "/api/customers?per_page=50&search={first_name}%20{last_name}",
    "detail": "/api/customers/{id}?include_history=true&include_projects=true",
    "statistics": "/api/customers/stats",
}


def here() -> dict[str, float]:
    """Seconds of each request on this process's database."""
    rows = client.get("/api/customers?per_page=100")["data"]
    row = next(
        row
        for row in rows
        if row["email"] and row["phone"] and row["first_name"] and row["last_name"]
    )
    asked = {name: quote(str(value)) for name, value in row.items()}
    return {
        name: medians(lambda path=path: client.call("GET", path.format_map(asked)), repeat=15)[0]
        for name, path in REQUESTS.items()
    }


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
    for name in REQUESTS:
        before, after = (
            statistics.median(row[name] for row in taken[url]) * 1000 for url in (small, large)
        )
        yield Line(f"growth a hundredfold: {name}", after, before, "ms", after / before, 1.5)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(here()))

"""
No acknowledged write is lost while web processes, Celery's workers and Redis are killed at random.

The client keeps a journal of what was acknowledged; in the end the database must hold all of it,
and every figure must be exact. PostgreSQL isn't killed: that a commit survives is its own promise,
which the product relies on.
"""

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import requests

from tests.live.stack import Stack
from tests.prove.conftest import MEASURED, OwnRedis, check_figures

WRITES = int(os.environ.get("PROVE_WRITES", "20000"))
CLIENTS = 12
KEY = "crm_live_demo_0123456789abcdef"
FIND = """
import json
from collections import Counter
from customers.models import Customer
from interactions.models import Interaction
journal = json.load(open({0!r}))
customers = {{str(key): count for key, count in Customer.objects.unscoped().values_list("pk", "interaction_count")}}
interactions = {{str(key): str(owner) for key, owner in Interaction.objects.unscoped().values_list("pk", "customer_id")}}
lost = [key for key in journal["customers"] if key not in customers]
lost += [key for key, owner in journal["interactions"] if interactions.get(key) != owner]
held = Counter(interactions.values())
wrong = [key for key in journal["customers"] if customers.get(key) != held[key]]
print(len(lost), len(wrong))
"""  # noqa: E501


class Journal:
    """What clients were told is written."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.customers: list[str] = []
        self.interactions: list[tuple[str, str]] = []
        self.failed: Counter[str] = Counter()
        self.enough = threading.Event()

    def __len__(self) -> int:
        return len(self.customers) + len(self.interactions)

    def write(self, number: int) -> None:
        """One client: a customer, some interactions of theirs and of others, again and again."""
        session = requests.Session()
        session.headers["X-Api-Key"] = KEY
        turn = 0
        while not self.enough.is_set():
            turn += 1
            if turn % 4 == 1 or not self.customers:
                body = {
                    "first_name": "Jo",
                    "last_name": f"Journal{number}",
                    "email": f"journal-{number}-{turn}@example.com",
                }
                key = self._post(session, "/api/customers", body)
                if key:
                    self.customers.append(key)
            else:
                owner = random.choice(self.customers)
                key = self._post(
                    session,
                    f"/api/customers/{owner}/interactions",
                    {"type": "note", "notes": f"{number}/{turn}"},
                )
                if key:
                    self.interactions.append((key, owner))
            if len(self) >= WRITES:
                self.enough.set()

    def _post(self, session: requests.Session, path: str, body: object) -> str:
        try:
            answer = session.post(self.address + path, json=body, timeout=30)
        except requests.RequestException as error:
            self.failed[type(error).__name__] += 1
            time.sleep(0.2)
            return ""
        if answer.status_code == 201:
            return str(answer.json()["data"]["id"])
        self.failed[str(answer.status_code)] += 1
        return ""


def test_no_acknowledged_write_is_lost(full: Stack, redis: OwnRedis, tmp_path: Path) -> None:
    journal = Journal(full.address)
    kills: Counter[str] = Counter()
    clients = [threading.Thread(target=journal.write, args=(number,)) for number in range(CLIENTS)]
    began_at = time.monotonic()
    for client in clients:
        client.start()
    try:
        while not journal.enough.is_set():
            assert time.monotonic() < began_at + 1800
            journal.enough.wait(random.uniform(1, 6))
            # figures are recalculated all the while
            with contextlib.suppress(requests.RequestException):
                requests.post(
                    f"{full.address}/api/jobs",
                    json={"kind": "recalculation"},
                    headers={"X-Api-Key": KEY},
                    timeout=10,
                )
            _kill_something(full, redis, kills)
    finally:
        journal.enough.set()
        for client in clients:
            client.join(60)
    took = time.monotonic() - began_at
    path = tmp_path / "journal.json"
    path.write_text(
        json.dumps({"customers": journal.customers, "interactions": journal.interactions})
    )
    assert full.run(FIND.format(str(path))) == "0 0", "lost, and wrongly counted"
    check_figures(full)
    refused = {name: count for name, count in journal.failed.items() if name.isdigit()}
    assert not refused, f"a request that was answered was refused: {refused}"
    assert (
        min(
            kills[name]
            for name in ("a web process", "the web", "a worker's process", "a worker", "Redis")
        )
        >= 1
    ), kills
    MEASURED.append(
        (
            "acknowledged writes lost",
            (
                f"0 of {len(journal):,} in {took:.0f} s; {sum(journal.failed.values())} cut off "
                "unanswered"
            ),
        )
    )
    MEASURED.append(
        ("killed meanwhile", ", ".join(f"{name} {count}×" for name, count in kills.items()))
    )


def _kill_something(full: Stack, redis: OwnRedis, kills: Counter[str]) -> None:
    least = min(
        ("a web process", "a worker's process", "a worker", "the web", "Redis"),
        key=lambda name: kills[name],
    )
    what = random.choice(
        (least, "a web process", "a worker's process", "a worker", "the web", "Redis")
    )
    kills[what] += 1
    if what in ("a web process", "a worker's process"):
        name = "web" if what == "a web process" else random.choice(("short", "long"))
        for child in full.children(name)[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    elif what == "Redis":
        redis.kill()
        time.sleep(random.uniform(0, 2))
        redis.start()
    else:
        name = "web" if what == "the web" else random.choice(("short", "long"))
        full.kill(name)
        time.sleep(random.uniform(0, 1))
        full.start(name)

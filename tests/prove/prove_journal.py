"""
No acknowledged write is lost, none is made twice, while web processes, Celery's workers, Redis and
PostgreSQL itself are killed at random (guarantees 2, 9, 15 and 16).

A process that ends by itself is started again, as the README asks of whoever runs the product: a
worker of Celery may end when Redis goes away beneath it (kombu's `'NoneType' object has no
attribute 'hostname'`).

Clients keep a journal of what was acknowledged. What was cut off they send again, under the same
Idempotency-Key, until it is answered; in the end the database must hold all of it, once, and every
figure must be exact.
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

from tests.live.stack import Stack, wait_for
from tests.prove.conftest import (
    MEASURED,
    OwnPostgreSQL,
    OwnRedis,
    check_figures,
    record_proof,
    size_of,
)

WRITES = size_of("WRITES", quick=500, full=20_000)
SECONDS = int(os.environ.get("PROVE_SECONDS", "3600"))
CLIENTS = 12
KEY = "crm_live_demo_0123456789abcdef"
KILLED = (
    *("a web process", "a worker's process", "a worker", "the web"),
    *("Redis", "a connection", "PostgreSQL"),
)
FIND = """
import json
from collections import Counter
from core.audit.models import AuditEntry
from core.jobs.models import Job
from customers.models import Customer
from interactions.models import Interaction
journal = json.load(open({0!r}))
customers = {{str(key): count for key, count in Customer.objects.unscoped().values_list("pk", "interaction_count")}}
interactions = {{str(key): str(owner) for key, owner in Interaction.objects.unscoped().values_list("pk", "customer_id")}}
lost = [key for key in journal["customers"] if key not in customers]
lost += [key for key, owner in journal["interactions"] if interactions.get(key) != owner]
held = Counter(interactions.values())
wrong = [key for key in journal["customers"] if customers.get(key) != held[key]]
notes = Interaction.objects.unscoped().filter(notes__startswith="journal ").values_list("notes", flat=True)
doubled = len(notes) - len(set(notes))
done = Job.objects.unscoped().filter(kind="recalculation", state="succeeded").values_list("pk", flat=True)
told = Counter(AuditEntry.objects.unscoped().filter(action="customers.recalculated").values_list("request_id", flat=True))
twice = [key for key in done if told[key.hex] > 1]  # one that found nothing to change tells nothing
print(len(lost), doubled, len(wrong), len(twice), len(done))
"""  # noqa: E501
WAITING = """
from core.jobs.models import Job
print(Job.objects.unscoped().filter(state__in=["queued", "running"]).count())
"""


LEFT = """
from core.jobs.models import Job
for job in Job.objects.unscoped().filter(state__in=["queued", "running"]).order_by("pk"):
    print(job.pk, job.task, job.state, job.attempts, job.created_at, job.lease_until)
"""


class Journal:
    """What clients were told is written."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.customers: list[str] = []
        self.interactions: list[tuple[str, str]] = []
        self.failed: Counter[str] = Counter()
        self.enough = threading.Event()
        """Set when the clients are to stop."""

    def __len__(self) -> int:
        return len(self.customers) + len(self.interactions)

    def write(self, number: int) -> None:
        """One client: a customer, some interactions of theirs and of others, again and again."""
        session = requests.Session()
        session.headers["X-Api-Key"] = KEY
        turn = 0
        while not self.enough.is_set():
            turn += 1
            mark = f"{number}-{turn}"
            if turn % 4 == 1 or not self.customers:
                body = {
                    "first_name": "Jo",
                    "last_name": f"Journal{number}",
                    "email": f"journal-{mark}@example.com",
                }
                key = self._post(session, mark, "/api/customers", body)
                if key:
                    self.customers.append(key)
            else:
                owner = random.choice(self.customers)
                path = f"/api/customers/{owner}/interactions"
                key = self._post(session, mark, path, {"type": "note", "notes": f"journal {mark}"})
                if key:
                    self.interactions.append((key, owner))

    def _post(self, session: requests.Session, mark: str, path: str, body: object) -> str:
        """The new row's id: asked for until it is answered, or until there is enough."""
        headers = {"Idempotency-Key": f"journal-{mark}"}
        while not self.enough.is_set():
            try:
                answer = session.post(self.address + path, json=body, headers=headers, timeout=30)
            except requests.RequestException as error:
                self.failed[type(error).__name__] += 1
            else:
                if answer.status_code == 201:
                    return str(answer.json()["data"]["id"])
                self.failed[f"{answer.status_code} {answer.text[:80]}"] += 1
            time.sleep(0.2)
        return ""


def test_no_acknowledged_write_is_lost(
    mortal: Stack, redis: OwnRedis, postgresql: OwnPostgreSQL, tmp_path: Path
) -> None:
    journal = Journal(mortal.address)
    kills: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    clients = [threading.Thread(target=journal.write, args=(number,)) for number in range(CLIENTS)]
    began_at = time.monotonic()
    for client in clients:
        client.start()
    try:
        while len(journal) < WRITES or any(not kills[name] for name in KILLED):
            if time.monotonic() > began_at + SECONDS:
                break  # the figure says how many it came to
            time.sleep(random.uniform(1, 6))
            # figures are recalculated all the while
            with contextlib.suppress(requests.RequestException):
                requests.post(
                    f"{mortal.address}/api/jobs",
                    json={"kind": "recalculation"},
                    headers={"X-Api-Key": KEY},
                    timeout=10,
                )
            ended.update(mortal.start_again())
            _kill_something(mortal, redis, postgresql, kills)
    finally:
        journal.enough.set()
        for client in clients:
            client.join(60)
    took = time.monotonic() - began_at

    def jobs_have_ended() -> bool:
        ended.update(mortal.start_again())
        return mortal.run(WAITING) == "0"

    wait_for(jobs_have_ended, seconds=300, what=lambda: f"the end of {mortal.run(LEFT)}", every=5)
    path = tmp_path / "journal.json"
    path.write_text(
        json.dumps({"customers": journal.customers, "interactions": journal.interactions})
    )
    *wrong, jobs = mortal.run(FIND.format(str(path))).split()
    assert wrong == ["0"] * 4, "lost, doubled, wrongly counted, jobs told of twice"
    check_figures(mortal)
    # of those that were answered, only a database that was away made one fail
    refused = {name for name in journal.failed if name[:1].isdigit()}
    assert all(name.startswith("503 ") for name in refused), refused
    assert min(kills[name] for name in KILLED) >= 1, kills
    cut_off = sum(journal.failed.values())
    figure = (
        f"0 of {len(journal):,} lost, 0 doubled under {kills.total()} kills ("
        + ", ".join(f"{name} {count}" for name, count in kills.items())
        + f") in {took:.0f} s; {cut_off:,} cut off and sent again; processes that ended by "
        f"themselves and were started again: {ended.total()}"
    )
    record_proof(2, figure)
    record_proof(9, f"0 doubled of {len(journal):,}, {cut_off:,} of them sent again after a kill")
    record_proof(15, f"every counter exact after {len(journal):,} writes under kills")
    record_proof(16, f"{jobs} recalculations under kills, all ended, none told of twice")
    MEASURED.append(("acknowledged writes lost", figure))


def _kill_something(
    stack: Stack, redis: OwnRedis, postgresql: OwnPostgreSQL, kills: Counter[str]
) -> None:
    least = min(KILLED, key=lambda name: kills[name])
    what = random.choice((least, *KILLED))
    kills[what] += 1
    if what in ("a web process", "a worker's process"):
        name = "web" if what == "a web process" else random.choice(("short", "long"))
        for child in stack.children(name)[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    elif what == "a connection":
        postgresql.end_connections()
    elif what == "PostgreSQL":
        postgresql.kill()
        time.sleep(random.uniform(0, 2))
        postgresql.start()
    elif what == "Redis":
        redis.kill()
        time.sleep(random.uniform(0, 2))
        redis.start()
    else:
        name = "web" if what == "the web" else random.choice(("short", "long"))
        stack.kill(name)
        time.sleep(random.uniform(0, 1))
        stack.start(name)

"""
A dead worker's work resumes within two minutes and takes effect once, whatever is killed: the
process that runs a job, the whole worker, Redis, or the one process of the embedded product.
PostgreSQL isn't killed: keeping what it acknowledged is its own promise.
"""

import contextlib
import csv
import io
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.live.stack import Client, Stack, wait_for
from tests.prove.conftest import MEASURED, OwnRedis, check_figures, record_proof, size_of

ROUNDS = size_of("ROUNDS", quick=1, full=3)
MOST_SECONDS = 120
"""How long a dead worker's work may wait."""

SPOIL = """
from customers.models import Customer
rows = Customer.objects.unscoped().filter(organization__slug="demo", environment="live", last_name__lt="M")
print(rows.update(lifetime_value=77, interaction_count=5000))
"""  # noqa: E501
IDLE = """
from core.jobs.models import Job, PeriodicRun
begun = PeriodicRun.objects.filter(name="recalculate lifetime values").exists()
print(begun and not Job.objects.unscoped().filter(state__in=["queued", "running"]).exists())
"""
LOOK = """
from core.audit.models import AuditEntry
from core.jobs.models import Job
job = Job.objects.unscoped().get(pk="{0}")
print(job.attempts, AuditEntry.objects.unscoped().filter(action="customers.recalculated", request_id=job.pk.hex).count())
"""  # noqa: E501
START = """
from core.jobs import services
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from django.db import transaction
actor = Actor.system(organization=Organization.objects.get(slug="demo"), label="proof", environment="live")
with transaction.atomic():
    job = services.start(actor=actor, kind="proof", task="{0}", permission=Permission.EXPORT, parameters={{}})
for _ in range({1}):
    services.dispatch(job)
print(job.pk)
"""  # noqa: E501


@dataclass
class Pair:
    """A recalculation of spoilt values and a large export, under way at once."""

    stack: Stack
    client: Client
    form: str
    recalculation: str
    export: str

    @classmethod
    def start(cls, stack: Stack, form: str) -> "Pair":
        client = stack.client()
        # at its first start the scheduler has everything to do, this recalculation too
        wait_for(
            lambda: stack.run(IDLE) == "True",
            seconds=120,
            what=lambda: "the first scheduled work to end",
            every=1,
        )
        assert int(stack.run(SPOIL)) > 1000
        export = client.started(
            "/api/exports",
            resource="customers",
            format=form,
            columns=["id", "email", "lifetime_value", "tags"],
        )
        return cls(stack, client, form, client.started("/api/jobs", kind="recalculation"), export)

    def jobs(self) -> list[dict[str, Any]]:
        return [
            self.client.get(f"/api/jobs/{key}").json()["data"]
            for key in (self.recalculation, self.export)
        ]

    def wait_to_run(self) -> None:
        wait_for(
            lambda: any(job["state"] == "running" for job in self.jobs()),
            seconds=60,
            what=lambda: f"a start: {self.jobs()}",
        )

    def wait_to_end(self, seconds: float) -> None:
        def over() -> bool:
            return all(job["state"] not in ("queued", "running") for job in self.jobs())

        wait_for(over, seconds=seconds, what=lambda: f"the end of {self.jobs()}", every=0.3)

    def check(self) -> None:
        """Both took effect, once."""
        assert [(job["state"], job["error"]) for job in self.jobs()] == [("succeeded", None)] * 2, (
            self.jobs()
        )
        check_figures(self.stack)
        attempts, entries = self.stack.run(LOOK.format(self.recalculation)).split()
        assert entries == "1", f"{entries} audit entries after {attempts} attempts"
        export = self.client.get(f"/api/exports/{self.export}").json()["data"]
        total = self.client.get("/api/customers", per_page=1).json()["pagination"]["total"]
        content = self.client.get(export["download_url"]).content
        assert (export["rows"], export["bytes"]) == (total, len(content))
        if self.form != "xlsx":
            ids = (
                content.decode().count('{"id":')
                if self.form == "jsonl"
                else len({r["id"] for r in csv.DictReader(io.StringIO(content.decode()))})
            )
            assert ids == total
        self.stack.manage("run_periodic", "core.exports.tasks.clean_exports")
        left = self.stack.files()
        mine = [name for name in left if name.startswith(self.export.replace("-", ""))]
        known = [
            row["id"].replace("-", "")
            for row in self.client.get("/api/exports", per_page=100, state="succeeded").json()[
                "data"
            ]
        ]
        assert len(mine) == 1
        assert sorted(name.partition("-")[0] for name in left) == sorted(known), (
            "one file of each export, and no half ones"
        )


def began(job: dict[str, Any]) -> float:
    return datetime.fromisoformat(job["started_at"]).timestamp() if job["started_at"] else 0.0


def interrupted(stack: Stack, form: str, kill: Callable[[], None], longest: float) -> list[float]:
    """
    Kills at a random moment of both jobs' lives and returns how long each that ran waited for its
    next worker.
    """
    pair = Pair.start(stack, form)
    pair.wait_to_run()
    time.sleep(random.uniform(0, longest))
    running = [job["id"] for job in pair.jobs() if job["state"] == "running"]
    died = time.time()
    kill()
    resumed: dict[str, float] = {}
    while time.time() < died + MOST_SECONDS + 60:
        with contextlib.suppress(Exception):  # the web may be among the killed
            jobs = pair.jobs()
            for job in jobs:
                if job["id"] in running and began(job) > died + 1:
                    resumed.setdefault(job["id"], time.time() - died)
            if all(job["state"] not in ("queued", "running") for job in jobs):
                break
        time.sleep(0.3)
    pair.wait_to_end(120)
    pair.check()
    return list(resumed.values())


def tell(what: str, waits: list[float]) -> None:
    assert waits, "nothing was running when it was killed"
    assert max(waits) <= MOST_SECONDS
    record_proof(
        16,
        f"{len(waits)} jobs resumed {min(waits):.0f} to {max(waits):.0f} s after {what}, each with "
        "one effect",
    )


def usual(stack: Stack, form: str) -> float:
    """How long the quicker of both jobs takes with nobody killed."""
    pair = Pair.start(stack, form)
    began_at = time.monotonic()
    wait_for(
        lambda: any(job["state"] == "succeeded" for job in pair.jobs()),
        seconds=120,
        what=lambda: "an unharmed job",
    )
    took = time.monotonic() - began_at
    pair.wait_to_end(300)
    pair.check()
    return took


def test_killed_pool_children(full: Stack) -> None:
    longest = usual(full, "xlsx")
    waits: list[float] = []

    def kill() -> None:
        for child in full.children("long"):
            os.kill(child, signal.SIGKILL)
            time.sleep(random.uniform(0, 0.5))

    for _ in range(ROUNDS):
        waits += interrupted(full, "xlsx", kill, longest * 0.8)
    tell("kill -9 of the pool's processes", waits)


def test_killed_workers(full: Stack) -> None:
    longest = usual(full, "jsonl")
    waits: list[float] = []
    for number in range(ROUNDS):
        killed = ("long", "short", "beat") if number % 2 else ("long",)

        def kill(killed: tuple[str, ...] = killed) -> None:
            for name in killed:
                full.kill(name)
            time.sleep(random.uniform(0, 3))
            full.start(*killed)

        waits += interrupted(full, random.choice(("xlsx", "jsonl", "csv")), kill, longest * 0.8)
    tell("kill -9 of whole workers", waits)


def test_killed_redis(full: Stack, redis: OwnRedis) -> None:
    waits: list[float] = []
    asked: list[float] = []
    for _ in range(ROUNDS):
        pair = Pair.start(full, "xlsx")
        pair.wait_to_run()
        redis.kill()
        began_at = time.monotonic()
        waiting = pair.client.started("/api/exports", resource="projects", format="csv")
        asked.append(time.monotonic() - began_at)
        time.sleep(random.uniform(1, 15))
        redis.start()
        back = time.time()
        export = pair.client.followed(f"/api/exports/{waiting}", MOST_SECONDS + 60)
        assert export["state"] == "succeeded"
        waits.append(max(0.0, began(export) - back))
        pair.wait_to_end(120)
        pair.check()
    assert max(asked) < 2, f"a request waited {max(asked):.1f} s for a dead Redis"
    MEASURED.append(("starting an export while Redis is dead", f"at most {max(asked):.2f} s"))
    tell("kill -9 of Redis (from its return on)", waits)


def test_a_job_delivered_five_times_runs_once(full: Stack) -> None:
    client = full.client()
    full.run(SPOIL)
    key = full.run(START.format("customers.tasks.recalculate_lifetime_values", 4))
    assert client.followed(f"/api/jobs/{key}", 120)["state"] == "succeeded"
    time.sleep(2)
    assert full.run(LOOK.format(key)) == "1 1"
    record_proof(16, "a job delivered five times ran once")


def test_poison_is_given_up_and_blocks_nothing(full: Stack) -> None:
    client = full.client()
    key = full.run(START.format("tests.prove.poison.poison", 0))
    began_at = time.monotonic()
    others = 0
    slowest = 0.0
    while client.get(f"/api/jobs/{key}").json()["data"]["state"] in ("queued", "running"):
        assert time.monotonic() < began_at + 3 * MOST_SECONDS
        asked = time.monotonic()
        export = client.followed(
            "/api/exports/"
            f"{client.started('/api/exports', resource='transactions', format='jsonl')}",
            60,
        )
        assert export["state"] == "succeeded"
        slowest = max(slowest, time.monotonic() - asked)
        others += 1
        time.sleep(2)
    job = client.get(f"/api/jobs/{key}").json()["data"]
    assert (job["state"], job["error"]) == ("failed", "Stopped: its worker died again and again.")
    assert full.run(LOOK.format(key)).split()[0] == "3"
    took = time.monotonic() - began_at
    record_proof(
        16,
        f"a job that kills its worker is given up after 3 attempts, {took:.0f} s; {others} other "
        f"jobs meanwhile, the slowest {slowest:.1f} s",
    )


def test_killed_embedded_process(embedded: Stack) -> None:
    longest = usual(embedded, "xlsx")
    waits: list[float] = []

    def kill() -> None:
        embedded.kill("web")
        time.sleep(random.uniform(0, 2))
        embedded.start("web")

    for _ in range(ROUNDS):
        waits += interrupted(embedded, random.choice(("xlsx", "csv", "jsonl")), kill, longest * 0.8)
    tell("kill -9 of the embedded process", waits)

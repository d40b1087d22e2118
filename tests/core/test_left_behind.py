"""What killed workers leave goes and is handed on; what others are writing stays."""

from pathlib import Path
from typing import Any

from core.clock import now
from core.exports.files import clean_exports
from core.jobs import running, services
from core.jobs.models import Job, JobState
from core.jobs.running import LEASE
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission

TASK = "core.exports.tasks.write_export"


def started(actor: Actor, **values: Any) -> Job:
    job = services.start(
        actor=actor, kind="export", task=TASK, permission=Permission.EXPORT, parameters={}
    )
    Job.objects.for_actor(actor).filter(pk=job.pk).update(**values)
    return job


def test_folders_of_dead_exports_are_cleaned_and_a_running_ones_stays(
    actor: Actor, settings: Any, tmp_path: Path
) -> None:
    settings.EXPORT_WORKPLACE = tmp_path
    dead, alive = started(actor, state=JobState.FAILED), started(actor, state=JobState.RUNNING)
    for name in (f"{dead.pk.hex}-1", f"{alive.pk.hex}-1", "anything"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.csv").write_text("half")
    clean_exports()
    assert [folder.name for folder in tmp_path.iterdir()] == [f"{alive.pk.hex}-1"]


def test_of_jobs_that_wait_for_each_other_the_sweep_sends_the_first(
    actor: Actor, sent: list[Any]
) -> None:
    long_ago = now() - 2 * LEASE
    waiting = [started(actor, created_at=long_ago) for _ in range(3)]
    assert running.sweep() == 1
    assert sent == [(TASK, [str(waiting[0].pk)])]
    Job.objects.for_actor(actor).filter(pk=waiting[2].pk).update(
        state=JobState.RUNNING, lease_until=long_ago, attempts=1
    )
    sent.clear()
    assert running.sweep() == 1
    assert sent == [(TASK, [str(waiting[2].pk)])], (
        "the one whose worker is dead stands in the others' way"
    )

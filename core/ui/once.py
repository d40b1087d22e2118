"""A form that is sent twice (a double click, a reload) is carried out once."""

from collections.abc import Callable

from core.ids import parse_id
from core.requests.idempotency import run_once
from core.tenancy.actor import Actor

KIND = "form"


def once(*, actor: Actor, submission: str, work: Callable[[], str]) -> str:
    """
    The address that `work` leads to; for a `submission` that was carried out before, where it led
    then. Without a submission's number the work is simply done.
    """
    if parse_id(submission) is None:
        return work()
    return run_once(
        actor=actor,
        key=f"{KIND}:{submission}",
        fingerprint=KIND,
        work=work,
        dump=lambda address: (303, address),
        load=lambda _status, address: address,
    )

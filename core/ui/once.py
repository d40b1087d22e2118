"""A form that is sent twice (a double click, a reload) is carried out once."""

from collections.abc import Callable

from django.db import IntegrityError, transaction

from core.ids import parse_id
from core.requests.models import IdempotencyRecord
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor

KIND = "form"


def once(*, actor: Actor, submission: str, work: Callable[[], str]) -> str:
    """
    The address that `work` leads to; for a `submission` that was carried out before, where it led
    then.

    The record is written in the transaction of the work: a simultaneous second sending waits for
    the first, a failed one leaves nothing. Without a submission's number the work is simply done.
    """
    if parse_id(submission) is None:
        return work()
    key = {"holder": f"user:{actor.id}", "key": f"{KIND}:{submission}"}

    def first() -> str:
        with transaction.atomic():
            try:
                with transaction.atomic():
                    record = IdempotencyRecord.objects.create(**key, fingerprint=KIND)
            except IntegrityError:
                return IdempotencyRecord.objects.get(**key).body
            record.status, record.body = 303, work()
            record.save(update_fields=["body", "status"])
            return record.body

    return retry_on_deadlock(first)

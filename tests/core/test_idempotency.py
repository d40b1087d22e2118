"""What was done once is answered again, whoever's door it came through."""

from datetime import timedelta

import pytest

from core.clock import now
from core.errors import IdempotencyMismatch
from core.identity.services import actor_of
from core.requests.idempotency import LIFETIME, run_once
from core.requests.models import IdempotencyRecord
from core.tenancy.actor import Actor
from tests.cast import Cast, make_cast
from tests.conftest import TablesAsOf


def answer(actor: Actor, made: list[int], *, fingerprint: str = "f") -> str:
    def work() -> str:
        made.append(1)
        return f"number {len(made)}"

    return run_once(
        actor=actor,
        key="k",
        fingerprint=fingerprint,
        work=work,
        dump=lambda text: (201, text),
        load=lambda status, text: f"{text} again ({status})",
    )


def test_a_second_request_is_answered_as_the_first(actor: Actor) -> None:
    made: list[int] = []
    assert [answer(actor, made), answer(actor, made)] == ["number 1", "number 1 again (201)"]
    assert made == [1]


def test_a_key_belongs_to_its_holder_in_one_organization(cast: Cast, actor: Actor) -> None:
    made: list[int] = []
    for other in (actor, actor_of(cast.bob), actor_of(cast.charlie)):
        answer(other, made)
    assert len(made) == 3


def test_another_request_with_the_same_key_is_refused_and_not_carried_out(actor: Actor) -> None:
    made: list[int] = []
    answer(actor, made)
    with pytest.raises(IdempotencyMismatch):
        answer(actor, made, fingerprint="another")
    assert made == [1]


def test_work_that_fails_leaves_the_key_free(actor: Actor) -> None:
    with pytest.raises(ZeroDivisionError):
        run_once(
            actor=actor,
            key="k",
            fingerprint="f",
            work=lambda: str(1 // 0),
            dump=lambda text: (201, text),
            load=lambda _status, text: text,
        )
    assert not IdempotencyRecord.objects.unscoped().exists()
    assert answer(actor, []) == "number 1"


def test_after_a_day_a_key_is_new(actor: Actor) -> None:
    made: list[int] = []
    answer(actor, made)
    IdempotencyRecord.objects.unscoped().update(created_at=now() - LIFETIME - timedelta(seconds=1))
    assert answer(actor, made) == "number 2"


@pytest.mark.heavy
@pytest.mark.django_db(transaction=True)
def test_rows_from_before_find_their_organization(tables_as_of: TablesAsOf) -> None:
    cast = make_cast()
    bob, acme, other = f"user:{cast.bob.pk}", cast.acme.pk, cast.other.pk
    with tables_as_of("requests", "0001_initial") as then:
        records = then.get_model("requests", "IdempotencyRecord").objects
        for holder, key in [
            (f"{bob}:{other.hex[-8:]}", "of an API"),
            (bob, "form:1"),
            (f"user:{other}", "form:of nobody"),
        ]:
            records.create(holder=holder, key=key, fingerprint="f", body="kept")
    rows = IdempotencyRecord.objects.unscoped().order_by("key")
    assert list(rows.values_list("organization", "holder", "key", "body")) == [
        (acme, bob, "form:1", "kept"),
        (other, bob, "of an API", "kept"),
    ]

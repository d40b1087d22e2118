"""Many rows at once come back as they were given, whatever stands in them."""

from decimal import Decimal
from typing import Any

import pytest

from core.clock import now
from core.inserting import insert
from core.tenancy.actor import Actor
from customers.models import Customer

pytestmark = pytest.mark.django_db

TEXTS = [
    *("", " ", "\\N", "\\.", "\\", "a\tb", "a\\tb", "one\ntwo", "one\r\ntwo", "ñ'\"“%s”", "N"),
    *('","', "null", "🏠"),
]


def stored(actor: Actor, **columns: list[Any]) -> dict[str, list[Any]]:
    """Column → what rows with these values hold once they are written."""
    rows = [
        Customer.objects.new(
            actor,
            first_name="x",
            search_text=" x",
            **{name: values[place] for name, values in columns.items()},
        )
        for place in range(len(next(iter(columns.values()))))
    ]
    insert(rows)
    found = Customer.objects.for_actor(actor).in_bulk([row.pk for row in rows])
    return {name: [getattr(found[row.pk], name) for row in rows] for name in columns}


def test_every_text_stays_as_it_is(actor: Actor) -> None:
    assert stored(actor, notes=TEXTS) == {"notes": TEXTS}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_all_rows_have_stays_as_it_is(actor: Actor, text: str) -> None:
    assert stored(actor, notes=[text] * 3) == {"notes": [text] * 3}


def test_values_of_every_kind_stay_beside_none(actor: Actor) -> None:
    moment = now()
    columns: dict[str, list[Any]] = {
        "last_interaction_at": [moment, None, moment],
        "preferred_agent_id": [actor.id, None, actor.id],
        "referred_by_id": [None, None, None],
        "latitude": [Decimal("42.331429"), None, Decimal("-0.5")],
        "nps_score": [0, None, 10],
        "is_business": [True, False, True],
        "custom_fields": [{"a": True}, {"a": 1}, {"a\t\\": [None, "\n"]}],
    }
    found = stored(actor, **columns)
    assert found == columns
    assert [type(each.get("a")) for each in found["custom_fields"]] == [bool, int, type(None)]

"""What other thresholds would make of an organization's customers."""

from collections import Counter
from collections.abc import Mapping
from copy import copy
from typing import Any

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import Segment, Status
from customers.figures import labels_under


def label_changes(*, actor: Actor, values: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """
    The statuses and segments that another number of living customers would have if the actor's
    organization had these thresholds: (label, now, then). Writes nothing. Raises Forbidden.
    """
    actor.require(Permission.MANAGE_THRESHOLDS)
    changed = copy(actor.organization)
    for name, value in values.items():
        setattr(changed, name, value)
    present, then = Counter[Any](), Counter[Any]()
    rows = labels_under(organization=changed, environment=actor.environment)
    for status, next_status, segment, next_segment, number in rows:
        for counts, labels in (
            (present, (Status(status), Segment(segment))),
            (then, (Status(next_status), Segment(next_segment))),
        ):
            counts.update(dict.fromkeys(labels, number))
    return [
        (str(kind.label), present[kind], then[kind])
        for kind in (*Status, *Segment)
        if present[kind] != then[kind]
    ]

"""
A scene that many tests look at and none changes for the next: built once a module, in a transaction
that is rolled back at its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import transaction

from core.identity.services import actor_of
from core.tenancy.choices import Environment
from tests.api.world import make_world
from tests.cast import Cast, make_cast


@dataclass
class Scene:
    """
    Acme's live rows, its test environment's, and those of the other organization, every text of the
    latter two marked.
    """

    cast: Cast
    acme: dict[str, str]
    test: dict[str, str]
    other: dict[str, str]


@pytest.fixture(scope="module")
def scene(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Scene]:
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        alice, charlie = actor_of(cast.alice), actor_of(cast.charlie)
        yield Scene(
            cast,
            acme=make_world(alice, mark="acme", user=cast.bob, number=1),
            test=make_world(
                replace(alice, environment=Environment.TEST),
                mark="testmark",
                user=cast.bob,
                number=2,
                shared="acme2",
            ),
            other=make_world(charlie, mark="canary", user=cast.charlie, number=3),
        )
        transaction.set_rollback(True)

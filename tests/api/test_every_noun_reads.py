"""
Whatever the native API takes of any noun, every door reads: the other dialects, each page, each
list and form of the admin.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import models, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.api.conftest import Scene
from tests.api.requests import ITEMS, body_of, path_of
from tests.api.test_every_door_reads import EXAMPLES, accepted, strategy_of, written
from tests.api.world import Operation, operations, spoken
from tests.client import ApiClient


def creatable() -> dict[str, Operation]:
    """Noun → the native operation that creates one from values of columns that can be changed."""
    changed = {each.route for each in operations("api") if each.method == "PATCH"}
    return {
        ITEMS[operation.route]: operation
        for operation in operations("api")
        if operation.method == "POST"
        and operation.route in ITEMS
        and "<" not in operation.route
        and f"{operation.route}/<str:row_id>" in changed
        and model_of(operation)
    }


def model_of(operation: Operation) -> type[models.Model] | None:
    """What the operation's view shows, if it is rows of a model."""
    meta = getattr(operation.view.serializer_class, "Meta", None)  # type: ignore[attr-defined]
    return getattr(meta, "model", None)


def drawn_of(operation: Operation) -> dict[str, st.SearchStrategy[Any]]:
    """Values for what a client may write, but for references to other rows."""
    serializer, model = operation.view.serializer_class(), model_of(operation)  # type: ignore[attr-defined]
    columns = {column.name: column for column in model._meta.concrete_fields}
    return {
        key: strategy_of(field, model)
        for key, field in serializer.fields.items()
        if not field.read_only and field.source in columns and not columns[field.source].is_relation
    }


NOUNS = {noun: drawn_of(operation) for noun, operation in creatable().items()}
OBJECTS = st.fixed_dictionaries(
    {noun: st.fixed_dictionaries({}, optional=values) for noun, values in NOUNS.items()}
)
CALLED = {
    "appointment_id": "appointment",
    "conversation_id": "conversation",
    "customer_id": "customer",
    "follow_up_id": "follow-up",
    "interaction_id": "interaction",
    "project_id": "project",
    "transaction_id": "transaction",
    "outlets/<uuid:key>": "outlet",
    "services/<uuid:key>": "service",
    "replies/<uuid:key>": "reply template",
    "wordings/<uuid:key>": "wording",
    "schedule-exceptions/<uuid:key>": "schedule exception",
}
"""How the pages' addresses call what was written."""


def pages_of(ids: dict[str, str]) -> Iterator[str]:
    """Every page's address in which no other id stands."""
    for operation in operations("app"):
        route = operation.route
        if operation.method != "GET":
            continue
        for name, noun in CALLED.items():
            if "/" in name:
                route = route.replace(name, f"{name.partition('/')[0]}/{ids[noun]}")
            else:
                route = route.replace(f"<uuid:{name}>", ids[noun])
        if "<" not in route:
            yield route


def test_every_noun_is_drawn_for() -> None:
    assert {"project", "interaction", "appointment", "transaction", "service"} <= set(NOUNS)
    assert {"total_amount", "start_date", "status", "notes"} <= set(NOUNS["project"])


@pytest.mark.heavy
@pytest.mark.django_db
@seed(27)
@settings(
    max_examples=max(EXAMPLES // 4, 1),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink it takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(OBJECTS, OBJECTS)
def test_what_is_written_of_any_noun_every_door_reads(
    scene: Scene,
    client: Client,
    first: dict[str, dict[str, Any]],
    second: dict[str, dict[str, Any]],
) -> None:
    ids, api = dict(scene.acme), ApiClient(user=scene.cast.alice)
    with transaction.atomic():
        for noun, operation in creatable().items():
            base = body_of(operation, scene.acme)
            path = operation.route
            made = accepted(lambda body, at=path: api.post(at, written(body)), base, first[noun])
            row = made.json()["data"]
            ids[noun] = row.get("id") or row[f"{noun}_id"]
            path += f"/{ids[noun]}"
            accepted(lambda body, at=path: api.patch(at, written(body)), {}, second[noun])
        for operation in spoken():
            if operation.method == "GET":
                api.get(path_of(operation, ids))  # what fails is raised
        client.force_login(scene.cast.alice)
        for path in (*pages_of(ids), *changelists(ids)):
            assert client.get(path).status_code < 500, path
        transaction.set_rollback(True)


def changelists(ids: dict[str, str]) -> Iterator[str]:
    """The admin's lists, and its pages of what was written."""
    written = {model_of(operation): noun for noun, operation in creatable().items()}
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if model in written:
            yield reverse(f"{name}_change", args=[ids[written[model]]])

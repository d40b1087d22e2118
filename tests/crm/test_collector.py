"""Servers and workers look through their memory for garbage less often."""

import gc
from collections.abc import Iterator

import pytest
from celery.signals import worker_init

from crm import embedded
from crm.celery import app
from crm.gunicorn import post_worker_init


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_a_worker_of_celery_begins_with_its_collector_set() -> None:
    worker_init.send(sender=app)
    assert gc.get_threshold() == (50_000, 10, 10)
    assert gc.get_freeze_count() > 10_000


def test_the_server_begins_with_its_collector_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "start", lambda: None)
    post_worker_init(object())
    assert gc.get_threshold() == (50_000, 10, 10)

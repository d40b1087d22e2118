"""What all tests share."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import StateApps
from django.test import Client, override_settings

from core.identity.models import User
from core.identity.services import actor_of
from core.identity.tokens import Origin, open_page_session
from core.ids import new_id
from core.requests import limits
from core.tenancy.actor import Actor
from core.ui.middleware import SESSION
from crm import celery_app
from tests import database_role
from tests.cast import Cast, make_cast
from tests.client import ApiClient


@pytest.fixture(autouse=True)
def _quick_and_unlimited(settings: Any) -> None:
    """A cheap password hash, and no allowances but where a test sets one."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("USER", "KEY", "BULK", "EXPORT", "ORGANIZATION"):
        setattr(settings, f"RATE_LIMIT_{name}", "off")
    # what another test counted is none of this one's business
    settings.RATE_LIMIT_PREFIX = f"test-{new_id().hex}"
    limits.counters.cache_clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """
    PostgreSQL plans as for tables that it knows nothing of, in each run alike: its own statistics
    would be of tables that the tests before have emptied. Tests act as the application's role does.
    """
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                for table in connection.introspection.table_names(cursor):
                    cursor.execute(f'ALTER TABLE "{table}" SET (autovacuum_enabled = false)')
            database_role.prepare()


@pytest.fixture(scope="session", autouse=True)
def _files_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Exported and uploaded files lie where no other process cleans."""
    folder = tmp_path_factory.mktemp("exports")
    storages = {**django_settings.STORAGES}
    for name in ("exports", "imports"):
        storages[name] = {**storages[name], "OPTIONS": {"location": str(folder / name)}}
    with override_settings(STORAGES=storages, EXPORT_WORKPLACE=folder / "workplace"):
        yield


@pytest.fixture(autouse=True)
def sent(monkeypatch: Any) -> list[tuple[str, list[Any]]]:
    """
    Background work waits to be run by the test: the messages that workers would have been sent,
    each a task's name and its arguments.
    """
    messages: list[tuple[str, list[Any]]] = []

    def send_task(name: str, args: Any = None, kwargs: Any = None, **options: Any) -> None:
        messages.append((name, list(args or ())))

    monkeypatch.setattr(celery_app, "send_task", send_task)
    return messages


@pytest.fixture(autouse=True)
def _browsers_sessions(monkeypatch: Any) -> None:
    """Who is signed in without the page has the session that the page would have begun."""
    plain = Client.force_login

    def force_login(self: Client, user: Any, backend: str | None = None) -> None:
        plain(self, user, backend)
        session = self.session
        session[SESSION] = str(open_page_session(user=user, origin=Origin()).pk)
        session.save()

    monkeypatch.setattr(Client, "force_login", force_login)


@pytest.fixture
def owner(db: None) -> Iterator[None]:
    """The test acts as the tables' owner, who may change what is only ever written once."""
    with database_role.as_owner():
        yield


TablesAsOf = Callable[[str, str], AbstractContextManager[StateApps]]


@pytest.fixture
def tables_as_of(owner: None) -> Iterator[TablesAsOf]:
    """
    Migrates back to one of an app's migrations, by itself however it was squashed, and forth again
    at the end of the block; as the owner: tables that come anew are granted anew.
    """

    @contextmanager
    def migrated(app: str, name: str) -> Iterator[StateApps]:
        migrate, loader = _executor()
        latest = loader.graph.leaf_nodes()  # those of other apps go back with it
        migrate([(app, name)])
        try:
            yield loader.project_state([(app, name)]).apps
        finally:
            migrate, _loader = _executor()
            migrate(latest)

    yield migrated
    database_role.grant()


def _executor() -> tuple[Callable[[Any], Any], MigrationLoader]:
    executor = MigrationExecutor(connection)
    loader = executor.loader = MigrationLoader(connection, replace_migrations=False)
    for key, squashed in loader.replacements.items():
        loader.graph.remove_replacement_node(key, squashed.replaces)
    return executor.migrate, loader


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def actor(cast: Cast) -> Actor:
    """Alice, acting."""
    return actor_of(cast.alice)


@pytest.fixture
def client_of(cast: Cast) -> Callable[[User], ApiClient]:
    return lambda user: ApiClient(user=user)


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    """Alice's client."""
    return ApiClient(user=cast.alice)


@pytest.fixture
def anonymous() -> ApiClient:
    return ApiClient()


on_postgresql = pytest.mark.skipif(
    not django_settings.DATABASES["default"]["ENGINE"].endswith("postgresql"),
    reason="a promise that PostgreSQL keeps",
)

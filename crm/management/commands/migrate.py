"""Django's command, as the tables' owner, who then grants the application's role what it needs."""

from typing import Any

from django.core.management.commands import migrate

from core.database_roles import as_owner, grant_to_application


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        with as_owner():
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            grant_to_application()

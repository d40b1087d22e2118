"""Celery: on workers where there is a Redis, else on threads of the one process."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery
from django.conf import settings

from crm import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")


class BackgroundApp(Celery):
    """Celery's app, whose messages go to this process's own threads where there is no broker."""

    def send_task(
        self,
        name: str,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        """Every way to send a task (`delay`, `apply_async`, beat) ends here."""
        if settings.REDIS_URL:
            return super().send_task(name, args, kwargs, **options)
        queue = self.amqp.router.route({}, name, args, kwargs)["queue"]
        return embedded.send(
            name, args or (), kwargs or {}, queue=queue.name, expires=options.get("expires")
        )


app = BackgroundApp("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")

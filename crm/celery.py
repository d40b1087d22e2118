"""Celery: on workers where there is a Redis, else on threads of the one process."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.conf import settings
from kombu.exceptions import OperationalError

from core.requests.breaker import CircuitBreaker
from crm import embedded
from crm.collector import set_collector

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")


_broker = CircuitBreaker(pause=5)


class BackgroundApp(Celery):
    """Celery's app, whose messages go to this process's own threads where there is no broker."""

    def send_task(
        self,
        name: str,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        """
        Every way to send a task (`delay`, `apply_async`, beat) ends here.

        Raises OperationalError when the broker doesn't answer, at once if it was so just before.
        """
        if settings.REDIS_URL:
            return self._publish(name, args, kwargs, **options)
        queue = self.amqp.router.route({}, name, args, kwargs)["queue"]
        return embedded.send(
            name, args or (), kwargs or {}, queue=queue.name, expires=options.get("expires")
        )

    def _publish(self, name: str, args: Any, kwargs: Any, **options: Any) -> Any:
        if not _broker.permits():
            raise OperationalError("the broker didn't answer just now")
        try:
            result = super().send_task(name, args, kwargs, **options)
        except OperationalError:
            _broker.failed()
            raise
        _broker.succeeded()
        return result


app = BackgroundApp("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")


@worker_init.connect
def _begin(**_: Any) -> None:
    """Before a worker's processes are forked."""
    set_collector()

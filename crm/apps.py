from importlib import import_module

from django.apps import AppConfig

from crm.celery import app


class CrmConfig(AppConfig):
    name = "crm"

    def ready(self) -> None:
        """Every process knows every app's tasks: this one may have to run them itself."""
        app.autodiscover_tasks(force=True)
        import_module("crm.checks")

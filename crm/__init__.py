"""The roof: what frames the apps. Celery's app is there as soon as Django is (`shared_task`)."""

from crm.celery import app as celery_app

__all__ = ["celery_app"]

"""The product's settings, and a job that kills its worker."""

from crm.settings import *  # noqa: F403
from crm.settings import CELERY_TASK_ROUTES

CELERY_IMPORTS = ["tests.prove.poison"]
CELERY_TASK_ROUTES = {**CELERY_TASK_ROUTES, "tests.prove.poison.poison": {"queue": "long"}}

"""The pages of background work, with what starts some: new exports and recalculation."""

from django.urls import path

from core.jobs.urls import app_name
from core.jobs.urls import urlpatterns as of_jobs
from crm.pages.exports import NewExport
from customers.pages.recalculate import Recalculate

__all__ = ["app_name", "urlpatterns"]

urlpatterns = [
    *of_jobs,
    path("jobs/recalculate/", Recalculate.as_view(), name="recalculate"),
    path("exports/new/", NewExport.as_view(), name="export-new"),
]

"""The pages of background work, and of new exports, which meet several apps."""

from django.urls import path

from core.jobs.urls import app_name
from core.jobs.urls import urlpatterns as of_jobs
from crm.pages.exports import NewExport

__all__ = ["app_name", "urlpatterns"]

urlpatterns = [*of_jobs, path("exports/new/", NewExport.as_view(), name="export-new")]

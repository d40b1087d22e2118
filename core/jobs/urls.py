"""
The pages of background work, under /app/; the roof adds those that start some
(`crm.pages.jobs_urls`).
"""

from django.urls import URLPattern, path

from core.jobs import pages

app_name = "jobs"

urlpatterns: list[URLPattern] = [
    path("jobs/", pages.JobList.as_view(), name="list"),
    path("jobs/<uuid:job_id>/", pages.JobPage.as_view(), name="job"),
    path("jobs/<uuid:job_id>/cancel/", pages.Cancel.as_view(), name="cancel"),
    path("exports/<uuid:job_id>/download/", pages.Download.as_view(), name="download"),
    path("exports/<uuid:job_id>/delete/", pages.DeleteFile.as_view(), name="delete-file"),
    path("exports/<uuid:job_id>/again/", pages.Again.as_view(), name="again"),
]

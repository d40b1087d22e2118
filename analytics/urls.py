"""The pages of the dashboard, under /app/."""

from django.urls import path

from analytics.pages.behind import Behind
from analytics.pages.dashboard import DashboardPage
from analytics.pages.returning import ReturningPage

app_name = "analytics"

urlpatterns = [
    path("dashboard/", DashboardPage.as_view(), name="dashboard"),
    path("dashboard/retention/", ReturningPage.as_view(), name="retention"),
    path("dashboard/<slug:figure>/", Behind.as_view(), name="behind"),
]

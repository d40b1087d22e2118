"""The pages of the dashboard, under /app/."""

from django.urls import path

from analytics.pages.behind import Behind
from analytics.pages.dashboard import DashboardPage

app_name = "analytics"

urlpatterns = [
    path("dashboard/", DashboardPage.as_view(), name="dashboard"),
    path("dashboard/<slug:figure>/", Behind.as_view(), name="behind"),
]

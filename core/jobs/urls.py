"""The pages of background work and of exports, under /app/."""

from django.urls import URLPattern

app_name = "jobs"

urlpatterns: list[URLPattern] = []

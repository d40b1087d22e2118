"""The pages of the calendar, under /app/."""

from django.urls import URLPattern

app_name = "appointments"

urlpatterns: list[URLPattern] = []

"""The pages of settings, under /app/settings/."""

from django.urls import URLPattern

app_name = "settings"

urlpatterns: list[URLPattern] = []

"""The pages of conversations and of what is logged, under /app/."""

from django.urls import URLPattern

app_name = "interactions"

urlpatterns: list[URLPattern] = []

"""The customer's page, which shows several apps at once, under /app/."""

from django.urls import URLPattern

app_name = "customer"

urlpatterns: list[URLPattern] = []

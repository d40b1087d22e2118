"""The pages of customers, projects and payments, under /app/."""

from django.urls import URLPattern

app_name = "customers"

urlpatterns: list[URLPattern] = []

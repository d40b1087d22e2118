"""Taking changes back from the pages, under /app/."""

from django.urls import URLPattern, path

from core.changes import pages

app_name = "changes"

urlpatterns: list[URLPattern] = [
    path("changes/<uuid:set_id>/undo/", pages.Undo.as_view(), name="undo"),
]

"""The pages of imports, under /app/: a step each."""

from django.urls import URLPattern, path

from core.imports import pages

app_name = "imports"

_IMPORT = "imports/<uuid:import_id>/"

urlpatterns: list[URLPattern] = [
    path("imports/", pages.ImportList.as_view(), name="list"),
    path("imports/new/", pages.UploadFile.as_view(), name="new"),
    path(_IMPORT, pages.NextStep.as_view(), name="import"),
    path(f"{_IMPORT}map/", pages.MapColumns.as_view(), name="map"),
    path(f"{_IMPORT}check/", pages.CheckRows.as_view(), name="check"),
    path(f"{_IMPORT}run/", pages.RunImport.as_view(), name="run"),
    path(f"{_IMPORT}report/", pages.ReportPage.as_view(), name="report"),
    path(f"{_IMPORT}cancel/", pages.CancelImport.as_view(), name="cancel"),
    path(f"{_IMPORT}undo/", pages.UndoImport.as_view(), name="undo"),
    path(f"{_IMPORT}failed/", pages.FailedRows.as_view(), name="failed"),
]

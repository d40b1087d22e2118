"""Imports in the admin: to be read, never written. They are made on the pages, and by the APIs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.imports.models import FileImport, FileImportRow, ImportState, SavedMapping, with_state
from core.imports.reports import ImportOutcome
from core.tenancy.policy import Permission
from core.ui.admin.lists import TONES, RecentFilter
from core.ui.admin.model_admin import ReadOnlyAdmin


@admin.register(FileImport)
class FileImportAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Imports and jobs", "upload_file"
    permissions = {"view": Permission.IMPORT}
    list_display = ["created_at", "filename", "resource", "state_badge", "rows", "asked_by"]
    list_filter = [RecentFilter, "resource"]
    sortable_by: list[str] = []

    def get_queryset(self, request: HttpRequest) -> "QuerySet[FileImport]":
        return with_state(super().get_queryset(request))

    @display(description=_("State"), label={state: TONES[state.tone] for state in ImportState})
    def state_badge(self, row: Any) -> tuple[str, str]:
        return row.state, str(ImportState(row.state).label)


@admin.register(FileImportRow)
class FileImportRowAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Imports and jobs", "table_rows"
    permissions = {"view": Permission.IMPORT}
    list_display = ["line", "file_import", "outcome_badge", "matched_by", "row_id"]
    list_filter = ["outcome"]
    list_select_related = ["file_import"]
    sortable_by: list[str] = []

    @display(description=_("Outcome"), label={each: TONES[each.tone] for each in ImportOutcome})
    def outcome_badge(self, row: FileImportRow) -> tuple[str, str]:
        return row.outcome, str(ImportOutcome(row.outcome).label)


@admin.register(SavedMapping)
class SavedMappingAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Imports and jobs", "conversion_path"
    permissions = {"view": Permission.IMPORT}
    list_display = ["saved_at", "resource", "saved_by"]
    list_filter = ["resource"]
    sortable_by: list[str] = []

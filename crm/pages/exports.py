"""A new export: the rows that a list shows, in the columns and the format that one chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exports.services import count_left_out, start_export
from core.exports.streaming import MAX_WORKSHEET_ROWS, Format
from core.exports.tables import ExportTable, table
from core.filters import Conditions
from core.jobs.summaries import FORMATS
from core.requests.allowances import spend
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.filters import ListFilters
from core.ui.forms import ServiceForm
from core.ui.views import FormPage
from customers.pages.filters import CustomerFilters
from customers.pages.project_list import ProjectFilters

EXPLAINED: Mapping[str, Any] = {
    Format.XLSX.value: gettext_lazy("For people: opens in Excel, Numbers and LibreOffice."),
    Format.CSV.value: gettext_lazy("For other programs: text, UTF-8, separated by commas."),
    Format.JSON_LINES.value: gettext_lazy("For developers: one JSON object a line."),
}

LISTS: Mapping[str, type[ListFilters[Any]]] = {
    "customers": CustomerFilters,
    "projects": ProjectFilters,
}
"""Resource → the filters of the list that shows it."""


@dataclass(frozen=True, slots=True)
class RowSelection:
    """Which rows, the same in words, and the list that they come from."""

    conditions: Conditions
    summary: Sequence[tuple[str, str]]
    back: str


def select_rows(resource: str, query: QueryDict, actor: Actor) -> RowSelection:
    """
    What the address says of the rows of a resource: its list's own filters. What can't be read is
    nobody's, lest more be taken out than was asked for.
    """
    if resource in LISTS:
        filters = LISTS[resource](query, actor=actor)
        summary = [(item.label, item.value) for item in filters.named]
        conditions, unread = filters.conditions, filters.form.errors
        back = filters.without("ids")
    else:
        kind = table(resource).filterset
        filterset = kind(query, time_zone=actor.organization.time_zone)
        summary = [
            (str(field.label), _value_label(query[name], field))
            for name, field in filterset.form.fields.items()
            if query.get(name, "").strip()
        ]
        conditions, unread, back = filterset.valid_conditions, filterset.form.errors, ""
    return RowSelection(type(conditions)(ids=[]) if unread else conditions, summary, back)


def _value_label(text: str, field: forms.Field) -> str:
    """What the address says, as the filter's choices call it."""
    return str(dict(getattr(field, "choices", ())).get(text, text))


def columns_by_header(of: ExportTable, names: Sequence[str]) -> dict[str, str]:
    """
    Header → column, in the reader's words; where a language has one word for two, the column's name
    stands behind it.
    """
    found: dict[str, str] = {}
    for name in names:
        label = str(of.columns[name].label)
        found[label if label not in found else f"{label} ({name})"] = name
    return found


class ExportForm(ServiceForm):
    """`of` is the resource."""

    of = ""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=list(FORMATS.items()),
        widget=forms.RadioSelect,
        initial=Format.XLSX.value,
    )
    every = forms.BooleanField(required=False, label=gettext_lazy("All columns"))
    columns = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Columns"), widget=forms.CheckboxSelectMultiple
    )

    def arrange(self) -> None:
        field: Any = self.fields["columns"]
        of = table(self.of)
        first = {name: of.columns[name] for name in of.preselected}
        field.choices = [
            (name, str(each.label))
            for name, each in (first | of.columns).items()
            if each.permission is None or self.actor.may(each.permission)
        ]

    def clean(self) -> Any:
        cleaned = super().clean()
        if (
            not self.cleaned_data.get("every")
            and not self.cleaned_data.get("columns")
            and "columns" not in self.errors
        ):
            self.add_error("columns", _("Choose at least one column."))
        return cleaned

    @property
    def formats(self) -> list[dict[str, Any]]:
        chosen = self["format"].value()
        return [
            {"value": key, "label": text, "help": EXPLAINED[key], "checked": key == chosen}
            for key, text in FORMATS.items()
        ]

    @property
    def boxes(self) -> list[dict[str, Any]]:
        """The usual ones first."""
        chosen = set(self["columns"].value() or [])
        choices: Any = self.fields["columns"]
        usual = set(table(self.of).preselected)
        return [
            {"value": name, "label": text, "checked": name in chosen, "usual": name in usual}
            for name, text in choices.choices
        ]

    @property
    def more_chosen(self) -> bool:
        """Whether any but the usual ones is."""
        return any(box["checked"] and not box["usual"] for box in self.boxes)


FORMS: Mapping[str, type[ExportForm]] = {
    name: type(f"{name.title()}Form", (ExportForm,), {"of": name})
    for name in settings.EXPORT_TABLES
}


class NewExport(FormPage):
    """`resource` and the list's own filters stand in the address, also when the form is sent."""

    permission = Permission.EXPORT
    template = "jobs/new_export.html"
    success_message = gettext_lazy("The export has started.")

    @property
    def form_class(self) -> type[ExportForm]:  # type: ignore[override]
        return FORMS[self.resource]

    @cached_property
    def resource(self) -> str:
        name = self.request.GET.get("resource") or "customers"
        if name not in FORMS:
            raise Http404
        return name

    @cached_property
    def table(self) -> ExportTable:
        return table(self.resource)

    @cached_property
    def selection(self) -> RowSelection:
        return select_rows(self.resource, self.request.GET, self.actor)

    @cached_property
    def rows(self) -> int:
        """How many the file will have."""
        return self.table.rows(actor=self.actor, conditions=self.selection.conditions).count()

    def initial(self) -> dict[str, Any]:
        return {
            "columns": list(self.table.preselected),
            "format": Format.CSV.value if self.rows > MAX_WORKSHEET_ROWS else Format.XLSX.value,
        }

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {
            "resource": self.table.label,
            "resources": [
                {
                    "label": table(name).label,
                    "url": f"{self.request.path}?resource={name}",
                    "current": name == self.resource,
                }
                for name in settings.EXPORT_TABLES
            ],
            "selection": self.selection,
            "rows": self.rows,
            "left_out": count_left_out(
                actor=self.actor, resource=self.resource, conditions=self.selection.conditions
            ),
            "too_many": self.rows > MAX_WORKSHEET_ROWS,
            "most": MAX_WORKSHEET_ROWS,
            "whole": f"{self.request.path}?resource={self.resource}",
        }

    def write(self, values: dict[str, Any]) -> str:
        chosen = values.get("columns") or []
        if values.get("every"):
            chosen = [
                name
                for name, each in self.table.columns.items()
                if each.permission is None or name in chosen
            ]
        headers = (
            {name: name for name in chosen}
            if values["format"] == Format.JSON_LINES
            else columns_by_header(self.table, chosen)
        )
        spend(self.actor, "export")
        job = start_export(
            actor=self.actor,
            resource=self.resource,
            form=values["format"],
            columns=headers,
            conditions=self.selection.conditions,
        )
        return reverse("jobs:job", args=[job.pk])

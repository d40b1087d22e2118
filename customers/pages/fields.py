"""Form fields that customers alone have."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

BLANK_ROWS = 1


class Pairs(list[str]):
    """Names and values in turn, as the inputs send them."""

    def __str__(self) -> str:
        return ", ".join(f"{name}: {value}" for name, value in self.rows if name or value)

    @property
    def rows(self) -> list[tuple[str, str]]:
        return list(zip(self[::2], self[1::2], strict=False))


def editable_name(name: str) -> str:
    """A custom field's name as people edit it: as JSON where an input would bend it."""
    plain = name and name == name.strip() and name.isprintable()
    return name if plain else json.dumps(name, ensure_ascii=False)


def editable_value(value: Any) -> str:
    """Its value likewise: texts of one line as they are, all else as JSON."""
    plain = isinstance(value, str) and value.isprintable()
    return value if plain else json.dumps(value, ensure_ascii=False)


class PairsInput(forms.Widget):
    """Two inputs for each pair and a blank row; all carry the field's name."""

    template_name = "customers/pairs_input.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return Pairs(data.getlist(name) if hasattr(data, "getlist") else data.get(name, []))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def format_value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return Pairs(
                part
                for name, item in value.items()
                for part in (editable_name(name), editable_value(item))
            )
        return Pairs(value or [])

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [row for row in self.format_value(value).rows if any(row)]
        context["rows"] = [*rows, *[("", "")] * BLANK_ROWS]
        return context

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """By the pages' own templates, which Django's renderer of widgets doesn't find."""
        # escaped by the template
        return mark_safe(render_to_string(self.template_name, self.get_context(name, value, attrs)))  # noqa: S308

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else ""


class PairsField(forms.Field):
    """
    Names with values, as an object of texts; what isn't a text and wasn't touched stays what it was
    (`kept`).
    """

    widget = PairsInput

    def to_python(self, value: Any) -> dict[str, Any]:
        if isinstance(value, Mapping):
            return dict(value)
        found: dict[str, Any] = {}
        for name, text in Pairs(value or []).rows:
            name = name.strip()
            if not name and text.strip():
                raise ValidationError(_("Name the field of “%(value)s”."), params={"value": text})
            if name in found:
                raise ValidationError(_("“%(name)s” stands here twice."), params={"name": name})
            if name:
                found[name] = text
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return _texts(self.to_python(initial)) != _texts(self.to_python(data))
        except ValidationError:
            return True


def kept(typed: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """
    What was typed, with names and values that read as before being what they were before (a number
    stays a number).
    """
    names = {editable_name(name): name for name in before}
    found = {}
    for shown, text in typed.items():
        name = names.get(shown, shown)
        same = name in before and editable_value(before[name]) == text
        found[name] = before[name] if same else text
    return found


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {editable_name(name): editable_value(value) for name, value in values.items()}

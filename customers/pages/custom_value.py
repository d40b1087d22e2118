"""The form of one custom field of a customer."""

from typing import Any

from django import forms

from core.ui.forms import ServiceForm
from customers.pages.fields import editable_name, editable_value


def custom_value_form(name: str) -> type[ServiceForm]:
    """What the field called `name` holds, as a text; untouched it stays what it is."""

    class CustomValueForm(ServiceForm):
        value = forms.CharField(
            label=editable_name(name),
            required=False,
            strip=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

        def _values_of(self, row: Any) -> dict[str, Any]:
            return {"value": editable_value(row.custom_fields.get(name, ""))}

        def values(self) -> dict[str, Any]:
            changed = super().values()
            if not changed:
                return {}
            present = getattr(self.row, "custom_fields", {})
            return {"custom_fields": {**present, name: changed["value"]}}

    return CustomValueForm

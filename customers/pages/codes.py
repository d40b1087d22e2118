"""Texts of customers that are often codes, of other systems too: how people read and type them."""

from collections.abc import Mapping
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language

from customers.choices import ContactMethod

CODED = (
    *("preferred_contact_method", "property_type", "roof_type", "source", "gender"),
    *("language", "country"),
)


def readable(code: str) -> str:
    """A code such as `door_to_door` as people would write it; other texts as they are."""
    is_code = code.isascii() and code.islower() and "." not in code
    return code.replace("_", " ").capitalize() if is_code else code


def labels_of(name: str) -> Mapping[str, str]:
    """The values of a field that have names, with these, in the active language."""
    if name == "preferred_contact_method":
        return {str(code): str(label) for code, label in ContactMethod.choices}
    names = Locale.parse(get_language() or "en", sep="-")
    if name == "language":
        return {code: called[:1].upper() + called[1:] for code, called in names.languages.items()}
    return names.territories if name == "country" else {}


def code_in_words(name: str, value: str) -> str:
    label = labels_of(name).get(value)
    return label or (value if name == "country" else readable(value))


class CodeField(forms.CharField):
    """
    A line that shows the present code in words, and takes a name for the code that it is of; what
    has no name stays as it is typed.
    """

    name = ""
    present = ""

    def prepare_value(self, value: Any) -> Any:
        return code_in_words(self.name, value) if value and value == self.present else value

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        if self.present and text == code_in_words(self.name, self.present):
            return self.present
        if self.name in ("preferred_contact_method", "language"):
            typed = text.casefold()
            codes = (
                code for code, label in labels_of(self.name).items() if label.casefold() == typed
            )
            return next(codes, text)
        return text

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(initial, self.to_python(data))

"""
Forms that write through one call of a service.

What the domain refuses stands beside its field, with what was typed. Two people who edit one record
at once both keep their changes where they touched different fields; where they touched the same,
the later one sees both values and chooses.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self, cast

from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models
from django.forms.utils import ErrorList
from django.forms.widgets import ChoiceWidget
from django.http import QueryDict
from django.utils.translation import gettext as _

from core.audit.ledger import plain
from core.errors import DomainError, Fault
from core.ids import new_id
from core.tenancy.actor import Actor
from core.ui.base_forms import DomainForm, mark_of
from core.ui.fields import MoneyField
from core.ui.wording import message_for, number

OWN = ("seen", "submission", "sure")
"""The form's own hidden fields."""

LARGE_AMOUNT = 10_000_000
"""Above it an amount is more often a slip than meant."""

KEEP = "keep-"
"""Begins the name of the choice between one's own value and the other's."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people changed at once."""

    name: str
    label: str
    before: str
    theirs: str
    yours: str


class ServiceForm(DomainForm, forms.Form):
    """
    Declare fields by the domain's names, without a label where `model` has one for them; `arrange`
    sets choices that depend on `self.actor`.

    `row` is the record that is edited (its attributes are the initial values), None for a new one.
    """

    model: ClassVar[type[models.Model] | None] = None

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    submission = forms.CharField(required=False, widget=forms.HiddenInput)
    sure = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        files: Any = None,
        *,
        actor: Actor,
        row: models.Model | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.actor, self.row = actor, row
        self.clashes: list[Clash] = []
        super().__init__(data, files, error_class=ErrorList)
        self._take_labels()
        self.arrange()
        now = {**self._values_of(row), **(initial or {})}
        self.now = now
        self.initial = {**now, "submission": new_id().hex, "seen": self._sealed(now) if row else ""}
        if data is not None and row is not None:
            self._remember(data)

    def _take_labels(self) -> None:
        for name, field in self.fields.items():
            if isinstance(field, MoneyField):
                field.place(self.actor.organization.default_region)
            if self.model is not None and field.label is None and name not in OWN:
                field.label = self.model._meta.get_field(name).verbose_name  # type: ignore[union-attr]

    def arrange(self) -> None:
        """Hook: choices, units and permissions that depend on `self.actor` and `self.row`."""

    def word(self, error: DomainError | Fault) -> str:
        return message_for(error)

    def values(self) -> dict[str, Any]:
        """
        The domain's field → value: of a new record all that was filled in, of an old one what was
        changed.
        """
        cleaned = {name: value for name, value in self.cleaned_data.items() if name not in OWN}
        if self.row is None:
            return {
                name: value
                for name, value in cleaned.items()
                if name in self.changed_data or value not in forms.Field.empty_values
            }
        return {name: value for name, value in cleaned.items() if name in self.changed_data}

    def _post_clean(self) -> None:
        """Asks once about amounts that are rarely meant."""
        super()._post_clean()  # type: ignore[misc]
        asked = {
            name: str(self.cleaned_data[name])
            for name in self.changed_data
            if isinstance(self.fields[name], MoneyField)
            and (self.cleaned_data.get(name) or 0) > LARGE_AMOUNT
        }
        if asked and self.cleaned_data.get("sure") != json.dumps(asked):
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data["sure"] = json.dumps(asked)
            self.data = data
            for name, value in asked.items():
                shown = number(Decimal(value))
                self.add_error(
                    name,
                    _("%(amount)s: is that right? Then save it once more.") % {"amount": shown},
                )

    def find_clashes(self) -> list[Clash]:
        """
        Fields that someone else has changed since the form was shown, and this person too, to
        something else.
        """
        if self.row is None or (self.version and self.version == mark_of(self.row)):
            return []
        self.clashes = [
            Clash(
                name,
                str(self[name].label),
                *(
                    self._told(name, value)
                    for value in (self.initial[name], self.now[name], self._typed(name))
                ),
            )
            for name in self.changed_data
            if name in self.now
            and self._differ(name, self.now[name], self.initial[name])
            and self._differ(name, self.now[name], self._typed(name))
        ]
        return self.clashes

    def seal_again(self) -> None:
        """
        From here on the record as it is now counts as seen; what this person left alone is shown as
        it is now.
        """
        for name in [name for name in self.now if name not in self.changed_data]:
            if self._differ(name, self.now[name], self.initial[name]):
                self._take(name, self.now[name])
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["seen"] = self._sealed(self.now)
        self.data = data

    # What the person saw when they began

    def _values_of(self, row: models.Model | None) -> dict[str, Any]:
        found = {}
        for name in self.fields:
            if name not in OWN and row is not None and hasattr(row, name):
                value = getattr(row, name)
                found[name] = value.pk if isinstance(value, models.Model) else value
        return found

    def _sealed(self, values: Mapping[str, Any]) -> str:
        return json.dumps(
            {
                "version": mark_of(self.row),
                "values": {name: plain(value) for name, value in values.items()},
            }
        )

    def _remember(self, data: QueryDict) -> None:
        try:
            seen = json.loads(data.get("seen", ""))
            values, self.version = dict(seen["values"]), str(seen["version"])
        except (ValueError, KeyError, TypeError):
            values, self.version = {}, mark_of(self.row)
        for name in self.now:
            if name in values:
                self.initial[name] = self._read(name, values[name])
            if data.get(KEEP + name) == "theirs":
                self._take(name, self.initial[name])

    def _read(self, name: str, value: Any) -> Any:
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            return value
        if isinstance(field, MoneyField):
            return None if value is None else Decimal(value)
        try:
            return field.to_python(value)
        except ValidationError:
            return value

    def _take(self, name: str, value: Any) -> None:
        """As if `value` had been typed."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        widget = self.fields[name].widget
        ticks = isinstance(widget, forms.CheckboxInput)
        shown: Any = (
            ("on" if value else None)
            if ticks
            else widget.format_value(self.fields[name].prepare_value(value))
        )
        data.pop(name, None)
        if shown is not None:
            data.setlist(name, shown if isinstance(shown, list) else [shown])
        self.data = data

    # Comparing and telling values

    def _typed(self, name: str) -> Any:
        return self.cleaned_data.get(name, self[name].data)

    def _differ(self, name: str, one: Any, other: Any) -> bool:
        return self._told(name, one) != self._told(name, other)

    def _told(self, name: str, value: Any) -> str:
        field = self.fields[name]
        value = value.pk if isinstance(value, models.Model) else value
        if isinstance(field, forms.ModelChoiceField):
            chosen = (
                field.queryset.filter(pk=value).first()
                if value and field.queryset is not None
                else None
            )
            return str(chosen) if chosen else ""
        if isinstance(field.widget, ChoiceWidget):
            return str(dict(_flat(field.widget.choices)).get(str(value), value or ""))
        if isinstance(value, bool):
            return "✓" if value else "—"
        shown = field.widget.format_value(field.prepare_value(field.to_python(value)))
        return "" if shown is None else str(shown)


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """
    Fields that stand together under a title, folded away at first or not; those `alone` are shown
    with them, and have a form of their own.
    """

    name: str
    title: Any
    fields: Sequence[str]
    alone: Sequence[str] = ()
    folded: bool = False

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.alone, *self.fields)


class GroupedForm(ServiceForm):
    """
    A form that is shown by its `groups`. A class with a field that stands in none isn't built: the
    field would never be seen, and every save would empty it.
    """

    groups: ClassVar[Sequence[FieldGroup]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        grouped = {name for group in cls.groups for name in group.fields}
        lost = set(cls.__dict__["declared_fields"]) - grouped
        if lost:
            raise ImproperlyConfigured(f"{cls.__name__} shows nowhere: {', '.join(sorted(lost))}")

    @classmethod
    def only(cls, *names: str) -> type[Self]:
        """The same form with these fields alone."""
        others = set(cls.base_fields) - {*names, *OWN}
        # a name set to None takes the field of that name away
        return cast("type[Self]", type(cls.__name__, (cls,), dict.fromkeys(others)))

    def bound_groups(self, *, folded: bool) -> list[tuple[Any, list[forms.BoundField]]]:
        """Titles and fields of those groups that are folded away at first, or of the others."""
        return [
            (group.title, [self[name] for name in group.fields])
            for group in self.groups
            if group.folded == folded
        ]


def _flat(choices: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for value, label in choices:
        found += _flat(label) if isinstance(label, list | tuple) else [(str(value), str(label))]
    return found

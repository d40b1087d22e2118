"""A customer's fields in groups, each shown as facts and edited in its place."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.template.defaultfilters import date as formatted
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from appointments.preferences import update_preferences
from core.identity.models import User
from core.tenancy.models import Organization, Outlet
from core.tenancy.policy import Permission
from core.text import readable_phone
from core.ui.fields import DayField, MoneyField, PhoneField, TagsField, WholeField
from core.ui.forms import OWN, ServiceForm
from core.ui.templatetags.ui import money
from crm.pages.links import link
from customers.choices import ContactMethod, Engagement, Segment, Status
from customers.models import Customer
from customers.services.management import edit_customer
from customers.services.values import PINNED


def _text(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, **options)


def _lines(label: Any, **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, widget=forms.Textarea(attrs={"rows": 4, **attrs})
    )


class PersonField(forms.ModelChoiceField):
    """One of the organization's people, by name."""

    def __init__(self, label: Any) -> None:
        super().__init__(User.objects.unscoped().none(), label=label, required=False)

    def label_from_instance(self, person: User) -> str:
        return person.name


def _tick(label: Any, **options: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, **options)


def _choice(label: Any, values: type[Any]) -> forms.ChoiceField:
    help_text = gettext_lazy(
        "Chosen here it is pinned; “Automatic” lets it follow from what happens."
    )
    choices = [("", gettext_lazy("Automatic")), *values.choices]
    return forms.ChoiceField(label=label, required=False, choices=choices, help_text=help_text)


class CustomFields(forms.CharField):
    """
    An object as lines of `name: value`. What isn't plain text is written as JSON, so that what
    isn't touched stays as it was.
    """

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return (
            "\n".join(f"{_name_line(name)}: {_value_line(item)}" for name, item in value.items())
            if isinstance(value, dict)
            else value
        )

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        found = {}
        for line in (value or "").splitlines():
            if line.strip():
                name, item = _read_line(line.strip())
                found[name] = item
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except forms.ValidationError:
            return True


def _name_line(name: str) -> str:
    plain = (
        name
        and name == name.strip()
        and ":" not in name
        and not name.startswith('"')
        and name.isprintable()
    )
    return name if plain else json.dumps(name, ensure_ascii=False)


def _value_line(value: Any) -> str:
    if (
        isinstance(value, str)
        and value == value.strip()
        and value.isprintable()
        and _as_json(value) is value
    ):
        return value
    return json.dumps(value, ensure_ascii=False)


def _as_json(text: str) -> Any:
    """The value when it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _read_line(line: str) -> tuple[str, Any]:
    """Raises ValidationError."""
    try:
        name, end = (
            json.JSONDecoder().raw_decode(line)
            if line.startswith('"')
            else (line.partition(":")[0], line.index(":"))
        )
    except ValueError:
        name, end = "", len(line)
    rest = line[end:].lstrip()
    if not rest.startswith(":") or not (name.strip() or line.startswith('"')):
        raise forms.ValidationError(
            _("Write each field on a line of its own, such as “roof colour: grey”."), code="invalid"
        )
    return name if line.startswith('"') else name.strip(), _as_json(rest[1:].strip())


class ContactForm(ServiceForm):
    first_name = _text(gettext_lazy("First name"))
    last_name = _text(gettext_lazy("Last name"))
    company_name = _text(gettext_lazy("Company"))
    is_business = _tick(gettext_lazy("Is a business"))
    email = _text(gettext_lazy("E-mail"), widget=forms.EmailInput)
    phone = PhoneField(label=gettext_lazy("Phone"), required=False)
    whatsapp_number = PhoneField(label=gettext_lazy("WhatsApp"), required=False)
    alternative_phones = TagsField(
        label=gettext_lazy("Other phones"),
        required=False,
        help_text=gettext_lazy("Separated by commas."),
    )
    preferred_contact_method = _text(gettext_lazy("Contact by"))
    best_call_time = _text(gettext_lazy("Best time to call"))
    date_of_birth = DayField(label=gettext_lazy("Date of birth"), required=False)


class AddressForm(ServiceForm):
    street = _text(gettext_lazy("Street"))
    city = _text(gettext_lazy("City"))
    state = _text(pgettext_lazy("part of an address", "State"))
    postal_code = _text(gettext_lazy("Postal code"))
    country = _text(gettext_lazy("Country"))


class PropertyForm(ServiceForm):
    property_type = _text(gettext_lazy("Kind"))
    property_value = MoneyField(label=gettext_lazy("Value"), required=False)
    roof_type = _text(gettext_lazy("Roof"))
    roof_age = WholeField(
        label=gettext_lazy("Age of the roof"), required=False, help_text=gettext_lazy("In years.")
    )

    def arrange(self) -> None:
        self.fields["property_value"].unit = self.actor.organization.currency


class OriginForm(ServiceForm):
    source = _text(gettext_lazy("Source"))
    campaign = _text(gettext_lazy("Campaign"))
    external_id = _text(gettext_lazy("External ID"))
    is_referral_partner = _tick(gettext_lazy("Referral partner"))


class StandingForm(ServiceForm):
    status = _choice(gettext_lazy("Status"), Status)
    segment = _choice(gettext_lazy("Segment"), Segment)
    engagement = _choice(gettext_lazy("Engagement"), Engagement)
    assigned_to = PersonField(gettext_lazy("Owner"))
    nps_score = WholeField(
        label=gettext_lazy("Net promoter score"), required=False, help_text=gettext_lazy("0 to 10.")
    )

    def arrange(self) -> None:
        self.fields["assigned_to"].queryset = _people(self)

    def _values_of(self, row: Any) -> dict[str, Any]:
        """What isn't pinned is shown as automatic."""
        found = super()._values_of(row)
        unpinned = {
            name: "" for name, pin in PINNED.items() if row is not None and not getattr(row, pin)
        }
        return found | unpinned

    def values(self) -> dict[str, Any]:
        return {name: None if value == "" else value for name, value in super().values().items()}


class PreferencesForm(ServiceForm):
    notify_email = _tick(gettext_lazy("E-mail"))
    notify_sms = _tick(gettext_lazy("SMS"))
    notify_push = _tick(gettext_lazy("Push"))
    notify_whatsapp = _tick(gettext_lazy("WhatsApp"))
    marketing_consent = _tick(gettext_lazy("Marketing"))
    language = _text(gettext_lazy("Language"))
    contact_hours_start = forms.TimeField(
        label=gettext_lazy("Contact from"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    contact_hours_end = forms.TimeField(
        label=gettext_lazy("Contact until"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    preferred_agent = PersonField(gettext_lazy("Prefers to be served by"))
    preferred_outlet = forms.ModelChoiceField(
        Outlet.objects.unscoped().none(), label=gettext_lazy("Preferred outlet"), required=False
    )
    accessibility_needs = _text(gettext_lazy("Accessibility"))
    preference_note = _text(gettext_lazy("Wishes"))

    def arrange(self) -> None:
        self.fields["preferred_agent"].queryset = _people(self)
        self.fields["preferred_outlet"].queryset = Outlet.objects.for_actor(self.actor)


class CustomForm(ServiceForm):
    custom_fields = CustomFields(
        label=gettext_lazy("Custom fields"),
        required=False,
        help_text=gettext_lazy("One a line, such as “roof colour: grey”."),
    )


class NotesForm(ServiceForm):
    notes = _lines(gettext_lazy("Notes"), rows=6)


def _people(form: ServiceForm) -> Any:
    return (
        User.objects.for_actor(form.actor)
        .filter(is_active=True)
        .order_by("first_name", "last_name", "email")
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are shown and saved together, by one service."""

    name: str
    title: Any
    form: type[ServiceForm]
    permission: Permission = Permission.UPDATE_CUSTOMERS
    write: Callable[..., Customer] = edit_customer

    def facts(self, row: Customer, organization: Organization) -> list[tuple[str, Any, str]]:
        """What is known: (label, value in words, address to call or write to)."""
        if self.form is CustomForm:
            return [(name, _value_line(value), "") for name, value in row.custom_fields.items()]
        found = []
        for name, field in self.form.base_fields.items():
            if name not in OWN and name not in IN_THE_HEAD:
                value = getattr(row, name)
                if value not in (None, "", [], False) or name in ALWAYS:
                    found.append(
                        (
                            str(field.label),
                            self._told(row, name, field, organization),
                            _address(name, value),
                        )
                    )
        if self.form is OriginForm and row.referred_by is not None:
            found.append(
                (
                    _("Referred by"),
                    row.referred_by.display_name,
                    link("customer:page", row.referred_by_id),
                )
            )
        return found

    def _told(self, row: Customer, name: str, field: Any, organization: Organization) -> str:
        value = getattr(row, name)
        if name in PINNED:
            how = _("pinned") if getattr(row, PINNED[name]) else _("automatic")
            return f"{getattr(row, f'get_{name}_display')()} · {how}"
        if name == "preferred_contact_method" and value in ContactMethod:
            return str(ContactMethod(value).label)
        if name in CODES and value.isascii() and value.islower() and "." not in value:
            return str(value.replace("_", " ").capitalize())
        if name == "email" and "@" in value:
            return format_html("{}@<wbr>{}", *value.rsplit("@", 1))
        if name in ("phone", "whatsapp_number"):
            return readable_phone(value, organization.default_region)
        return told(field, value, organization.currency)


IN_THE_HEAD = ("first_name", "last_name", "company_name")
"""What stands in large letters above already."""

CODES = ("preferred_contact_method", "property_type", "roof_type", "source")
"""Free texts that are often words of other systems, such as `door_to_door`."""

ALWAYS = ("email", "phone")
"""What is missed when it isn't there."""


def told(field: Any, value: Any, currency: str) -> str:
    """A field's value as people read it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value in (None, "", []):
        return ""
    if isinstance(field, DayField):
        return str(formatted(value, "DATE_FORMAT"))
    if isinstance(field, forms.TimeField):
        return str(formatted(value, "TIME_FORMAT"))
    if isinstance(field, MoneyField):
        return money(value, currency)
    if isinstance(value, User):
        return value.name
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _address(name: str, value: Any) -> str:
    if not value or not isinstance(value, str):
        return ""
    return {
        "email": f"mailto:{value}",
        "phone": f"tel:{value}",
        "whatsapp_number": f"tel:{value}",
    }.get(name, "")


GROUPS: Mapping[str, Group] = {
    group.name: group
    for group in (
        Group("contact", gettext_lazy("Contact"), ContactForm),
        Group("notes", gettext_lazy("Quick notes"), NotesForm),
        Group("address", gettext_lazy("Address"), AddressForm),
        Group("standing", gettext_lazy("Standing"), StandingForm),
        Group("property", gettext_lazy("Property"), PropertyForm),
        Group("origin", gettext_lazy("Origin"), OriginForm),
        Group(
            "preferences",
            gettext_lazy("Preferences"),
            PreferencesForm,
            Permission.EDIT_PREFERENCES,
            update_preferences,
        ),
        Group("custom", gettext_lazy("Custom fields"), CustomForm),
    )
}

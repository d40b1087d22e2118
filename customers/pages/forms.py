"""The form of a customer: what people fill in, in groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.choices import TonedChoices
from core.errors import Conflict, DomainError, NotFound
from core.identity.models import User
from core.tenancy.models import Outlet
from core.ui.fields import DayField, MoneyField, PhoneField, TagsField, WholeField
from core.ui.forms import ServiceForm
from customers.choices import Segment, Status
from customers.models import Customer
from customers.pages.fields import PairsField, kept
from customers.pages.links import of_customer
from customers.selectors.customers import tags_of
from customers.selectors.lookup import customer_with_email, customer_with_phone
from customers.selectors.owners import owners
from customers.selectors.work import tags

PINS: Mapping[str, type[TonedChoices]] = {"status": Status, "segment": Segment}

MAIN: Sequence[tuple[Any, Sequence[str]]] = (
    (gettext_lazy("Name"), ("first_name", "last_name", "company_name", "is_business")),
    (
        gettext_lazy("Contact"),
        (
            "email",
            "phone",
            "whatsapp_number",
            "alternative_phones",
            "preferred_contact_method",
            "best_call_time",
        ),
    ),
    (gettext_lazy("Address"), ("street", "city", "state", "postal_code", "country")),
    (gettext_lazy("Property"), ("property_type", "property_value", "roof_type", "roof_age")),
    (gettext_lazy("Origin"), ("source", "campaign", "is_referral_partner")),
    (gettext_lazy("Management"), ("status", "segment", "assigned_to", "tags")),
    (gettext_lazy("Notes"), ("notes",)),
)
MORE: Sequence[tuple[Any, Sequence[str]]] = (
    (gettext_lazy("Person"), ("date_of_birth", "gender", "language", "avatar_url")),
    (gettext_lazy("Satisfaction"), ("nps_score", "satisfaction_rating")),
    (
        gettext_lazy("Preferences"),
        (
            "contact_hours_start",
            "contact_hours_end",
            "preferred_agent",
            "preferred_outlet",
            "accessibility_needs",
            "preference_note",
        ),
    ),
    (
        gettext_lazy("Other systems"),
        ("external_id", "converted_from_lead_id", "latitude", "longitude"),
    ),
    (gettext_lazy("Custom fields"), ("custom_fields",)),
)


def text(label: Any, help_text: Any = "", **attributes: Any) -> forms.CharField:
    """An optional line; how long it may be the domain says."""
    widget = forms.TextInput(attrs={"autocomplete": "off", **attributes})
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget)


def hour(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )


class Person(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the organization's people, by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(User.objects.unscoped().none(), required=False, **options)

    def label_from_instance(self, obj: Any) -> str:
        return obj.name if obj.is_active else _("%(name)s (no longer here)") % {"name": obj.name}


class CustomerForm(ServiceForm):
    first_name = text(gettext_lazy("First name"))
    last_name = text(gettext_lazy("Last name"))
    company_name = text(gettext_lazy("Company"))
    is_business = forms.BooleanField(
        label=gettext_lazy("This is a business"),
        required=False,
        help_text=gettext_lazy("Lists show the company's name first."),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    phone = PhoneField(label=gettext_lazy("Phone"), required=False)
    whatsapp_number = PhoneField(label=gettext_lazy("WhatsApp"), required=False)
    alternative_phones = TagsField(
        label=gettext_lazy("Other phones"),
        required=False,
        help_text=gettext_lazy("Separated by commas."),
    )
    preferred_contact_method = text(
        gettext_lazy("Prefers to be reached by"), list="contact-methods"
    )
    best_call_time = text(gettext_lazy("Best time to call"))
    street = text(gettext_lazy("Street"))
    city = text(gettext_lazy("City"))
    state = text(pgettext_lazy("part of an address", "State"))
    postal_code = text(gettext_lazy("Postal code"))
    country = text(gettext_lazy("Country"))
    property_type = text(gettext_lazy("Type of property"))
    property_value = MoneyField(label=gettext_lazy("Value of the property"), required=False)
    roof_type = text(gettext_lazy("Type of roof"))
    roof_age = WholeField(
        label=gettext_lazy("Age of the roof"), required=False, help_text=gettext_lazy("In years.")
    )
    source = text(
        gettext_lazy("Source"), gettext_lazy("How they found you: referral, web, door to door …")
    )
    campaign = text(gettext_lazy("Campaign"))
    is_referral_partner = forms.BooleanField(label=gettext_lazy("Referral partner"), required=False)
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    segment = forms.ChoiceField(label=gettext_lazy("Segment"), required=False)
    assigned_to = Person(label=gettext_lazy("Owner"), empty_label=gettext_lazy("Nobody"))
    tags = TagsField(
        label=gettext_lazy("Tags"), required=False, help_text=gettext_lazy("Separated by commas.")
    )
    notes = forms.CharField(label=gettext_lazy("Notes"), required=False, widget=forms.Textarea)
    date_of_birth = DayField(label=gettext_lazy("Date of birth"), required=False)
    gender = text(gettext_lazy("Gender"))
    language = text(gettext_lazy("Language"), gettext_lazy("Such as en or es."))
    avatar_url = text(gettext_lazy("Address of a picture"), inputmode="url")
    nps_score = WholeField(
        label=gettext_lazy("Net promoter score"), required=False, help_text=gettext_lazy("0 to 10.")
    )
    satisfaction_rating = MoneyField(
        label=gettext_lazy("Satisfaction"), required=False, help_text=gettext_lazy("0 to 5.")
    )
    contact_hours_start = hour(gettext_lazy("Reachable from"))
    contact_hours_end = hour(gettext_lazy("Reachable until"))
    preferred_agent = Person(
        label=gettext_lazy("Prefers to deal with"), empty_label=gettext_lazy("Anyone")
    )
    preferred_outlet = forms.ModelChoiceField(
        Outlet.objects.unscoped().none(),
        label=gettext_lazy("Prefers the outlet"),
        required=False,
        empty_label=gettext_lazy("Any"),
    )
    accessibility_needs = text(gettext_lazy("Accessibility needs"))
    preference_note = text(gettext_lazy("Wishes"))
    external_id = text(gettext_lazy("Id in another system"))
    converted_from_lead_id = text(gettext_lazy("Id of the lead"))
    latitude = forms.DecimalField(
        label=gettext_lazy("Latitude"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    longitude = forms.DecimalField(
        label=gettext_lazy("Longitude"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    custom_fields = PairsField(label=gettext_lazy("Custom fields"), required=False)

    def arrange(self) -> None:
        fields: Any = self.fields
        self.tag_names = list(
            tags(actor=self.actor).order_by("name").values_list("name", flat=True)[:500]
        )
        fields["tags"].widget.attrs |= {
            "list": "tag-names",
            "data-words": "",
            "autocomplete": "off",
        }
        fields["property_value"].unit = self.actor.organization.currency
        for name in ("assigned_to", "preferred_agent"):
            present = getattr(self.row, f"{name}_id", None)
            fields[name].queryset = owners(actor=self.actor).filter(
                models.Q(is_active=True) | models.Q(pk=present)
            )
        fields["preferred_outlet"].queryset = Outlet.objects.for_actor(self.actor).order_by("name")
        for name, kind in PINS.items():
            fields[name].choices = [("", self._automatic(name)), *kind.choices]
            fields[name].help_text = _(
                "What you choose is pinned: it stays until you set it to automatic again."
            )

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(label, [self[name] for name in names]) for label, names in MAIN]

    @property
    def more(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(label, [self[name] for name in names]) for label, names in MORE]

    @property
    def more_is_wanted(self) -> bool:
        """Whether one of the folded fields is filled in or faulty."""
        return any(
            bound.errors or bound.value()
            for _label, fields in self.more
            for bound in fields
            if bound.name != "language"
        )

    def clean_custom_fields(self) -> dict[str, Any]:
        return kept(
            self.cleaned_data["custom_fields"],
            self.row.custom_fields if isinstance(self.row, Customer) else {},
        )

    def values(self) -> dict[str, Any]:
        """
        Of a new customer what differs from a blank one; no status or segment means the automatic
        one.
        """
        values = {
            name: value
            for name, value in super().values().items()
            if self.row or value is not False
        }
        return values | {name: values[name] or None for name in PINS if name in values}

    def refuse(self, error: DomainError) -> None:
        field = error.field if isinstance(error, Conflict) else ""
        existing = self._existing(field)
        if existing is None:
            super().refuse(error)
        else:
            link = format_html(
                '{} <a class="link" href="{}">{}</a>',
                self.word(error),
                of_customer(existing.pk),
                existing.display_name,
            )
            self.add_error(field, link)

    def _existing(self, field: str) -> Customer | None:
        """Who has the e-mail or phone already."""
        try:
            if field == "email":
                return customer_with_email(actor=self.actor, email=self.cleaned_data["email"])
            if field == "phone":
                return customer_with_phone(actor=self.actor, phone=self.cleaned_data["phone"])
        except NotFound:  # gone in this very moment
            pass
        return None

    def _automatic(self, name: str) -> str:
        """What is calculated, where it is known."""
        if self.row is None or getattr(self.row, f"{name}_pinned"):
            return _("Automatic")
        return _("Automatic (now %(value)s)") % {
            "value": getattr(self.row, f"get_{name}_display")()
        }

    def _values_of(self, row: Any) -> dict[str, Any]:
        found = super()._values_of(row)
        if row is not None:
            found["tags"] = tags_of([row.pk])[row.pk]
            found |= {
                name: getattr(row, name) if getattr(row, f"{name}_pinned") else "" for name in PINS
            }
        return found


class BlockForm(ServiceForm):
    block_reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Your colleagues see it; the customer doesn't."),
    )

"""The form of a customer: what people fill in, in groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.choices import TonedChoices
from core.errors import Conflict, DomainError
from core.identity.models import User
from core.tenancy.models import Outlet
from core.tenancy.policy import Permission
from core.ui.fields import DayField, MoneyField, PhoneFormField, TagsField, WholeField
from core.ui.forms import FieldGroup, GroupedForm, ServiceForm
from customers.choices import CONSENT_FIELDS, ContactMethod, Engagement, Segment, Status
from customers.models import Customer
from customers.pages.codes import CODED, CodeField
from customers.pages.duplicates import merge_address
from customers.pages.fields import PairsField, kept
from customers.pages.links import of_customer
from customers.selectors.customers import customers, tags_of
from customers.selectors.owners import owners
from customers.selectors.work import tags
from customers.services.values import PINNED

HOUSEHOLD = "household"
"""The button that keeps somebody else's phone as another of this customer's."""

PINS: Mapping[str, type[TonedChoices]] = {
    "status": Status,
    "segment": Segment,
    "engagement": Engagement,
}

GROUPS: Sequence[FieldGroup] = (
    FieldGroup(
        "contact",
        gettext_lazy("Contact"),
        (
            *("first_name", "last_name", "company_name", "is_business", "email", "phone"),
            *(
                "phone_extension",
                "whatsapp_number",
                "alternative_phones",
                "preferred_contact_method",
            ),
            "best_call_time",
        ),
    ),
    FieldGroup("notes", gettext_lazy("Notes"), ("notes",)),
    FieldGroup(
        "address",
        gettext_lazy("Address"),
        ("street", "city", "state", "postal_code", "country", "latitude", "longitude"),
    ),
    FieldGroup(
        "standing",
        gettext_lazy("Relationship"),
        ("status", "segment", "engagement", "assigned_to", "tags"),
    ),
    FieldGroup(
        "property",
        gettext_lazy("Property"),
        ("property_type", "property_value", "roof_type", "roof_age"),
    ),
    FieldGroup(
        "origin",
        gettext_lazy("Origin"),
        ("source", "campaign", "is_referral_partner", "external_id", "converted_from_lead_id"),
    ),
    FieldGroup(
        "person",
        gettext_lazy("Person"),
        ("date_of_birth", "gender", "avatar_url", "nps_score", "satisfaction_rating"),
        folded=True,
    ),
    FieldGroup(
        "preferences",
        gettext_lazy("Preferences"),
        (
            *("language", "contact_hours_start", "contact_hours_end", "preferred_agent"),
            *("preferred_outlet", "accessibility_needs", "preference_note"),
        ),
        alone=tuple(CONSENT_FIELDS),
        folded=True,
    ),
    FieldGroup("custom", gettext_lazy("Custom fields"), ("custom_fields",), folded=True),
)


def text(help_text: Any = "", **attributes: Any) -> forms.CharField:
    """An optional line; how long it may be the domain says."""
    widget = forms.TextInput(attrs={"autocomplete": "off", **attributes})
    return forms.CharField(help_text=help_text, required=False, widget=widget)


def code(help_text: Any = "", **attributes: Any) -> CodeField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attributes})
    return CodeField(help_text=help_text, required=False, widget=widget)


def tick(help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(help_text=help_text, required=False)


def hour() -> forms.TimeField:
    return forms.TimeField(
        required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )


def figure(help_text: Any = "") -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    return forms.DecimalField(help_text=help_text, required=False, widget=widget)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the organization's people, by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(User.objects.unscoped().none(), required=False, **options)

    def label_from_instance(self, obj: Any) -> str:
        return obj.name if obj.is_active else _("%(name)s (no longer here)") % {"name": obj.name}


class CustomerForm(GroupedForm):
    """
    All that people may fill in, but consents: with how they were given these have a form of their
    own. The customer's page edits one group at a time.
    """

    model = Customer
    groups = GROUPS

    first_name = text()
    last_name = text()
    company_name = text()
    is_business = tick(gettext_lazy("Lists show the company's name first."))
    email = text(inputmode="email")
    phone = PhoneFormField(required=False)
    phone_extension = text(inputmode="numeric")
    whatsapp_number = PhoneFormField(required=False)
    alternative_phones = TagsField(required=False, help_text=gettext_lazy("Separated by commas."))
    preferred_contact_method = code(list="contact-methods")
    best_call_time = text()
    street = text()
    city = text()
    state = text()
    postal_code = text()
    country = code()
    latitude = figure()
    longitude = figure()
    property_type = code()
    property_value = MoneyField(required=False)
    roof_type = code()
    roof_age = WholeField(required=False, help_text=gettext_lazy("In years."))
    source = code(gettext_lazy("How they found you: referral, web, door to door …"))
    campaign = text()
    is_referral_partner = tick()
    external_id = text()
    converted_from_lead_id = text()
    status = forms.ChoiceField(required=False)
    segment = forms.ChoiceField(required=False)
    engagement = forms.ChoiceField(required=False)
    assigned_to = PersonField(empty_label=gettext_lazy("Nobody"))
    tags = TagsField(
        label=gettext_lazy("Tags"), required=False, help_text=gettext_lazy("Separated by commas.")
    )
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 6}))
    date_of_birth = DayField(required=False)
    gender = code()
    avatar_url = text(gettext_lazy("Its address on the web."), inputmode="url")
    nps_score = WholeField(required=False, help_text=gettext_lazy("0 to 10."))
    satisfaction_rating = figure(gettext_lazy("0 to 5."))
    language = code(gettext_lazy("Such as English or Spanish."))
    contact_hours_start = hour()
    contact_hours_end = hour()
    preferred_agent = PersonField(empty_label=gettext_lazy("Anyone"))
    preferred_outlet = forms.ModelChoiceField(
        Outlet.objects.unscoped().none(), required=False, empty_label=gettext_lazy("Any")
    )
    accessibility_needs = text()
    preference_note = text()
    custom_fields = PairsField(required=False)

    def arrange(self) -> None:
        fields: Any = self.fields
        for name in self.fields.keys() & set(CODED):
            fields[name].name, fields[name].present = name, getattr(self.row, name, "")
        for name in self.fields.keys() & {"assigned_to", "preferred_agent"}:
            fields[name].queryset = self._people(getattr(self.row, f"{name}_id", None))
        for name in self.fields.keys() & PINS.keys():
            fields[name].choices = [("", self._automatic(name)), *PINS[name].choices]
            fields[name].help_text = _(
                "What you choose is pinned: it stays until you set it to automatic again."
            )
        if "property_value" in fields:
            fields["property_value"].unit = self.actor.organization.currency
        if "preferred_outlet" in fields:
            outlets = Outlet.objects.for_actor(self.actor).order_by("name")
            fields["preferred_outlet"].queryset = outlets
        if "tags" in fields:
            fields["tags"].widget.attrs |= {
                "list": "tag-names",
                "data-words": "",
                "autocomplete": "off",
            }

    @cached_property
    def tag_names(self) -> list[str]:
        """Suggestions for tags."""
        return list(tags(actor=self.actor).order_by("name").values_list("name", flat=True)[:500])

    @property
    def contact_methods(self) -> list[str]:
        """Suggestions for how to be reached."""
        return [str(label) for label in ContactMethod.labels]

    @property
    def main(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return self.bound_groups(folded=False)

    @property
    def more(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return self.bound_groups(folded=True)

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
        if HOUSEHOLD in self.data and values.get("phone"):
            values["alternative_phones"] = [*self._other_phones(), values.pop("phone")]
        return values | {name: values[name] or None for name in PINS if name in values}

    def refuse(self, error: DomainError) -> None:
        if not isinstance(error, Conflict) or (holder := self._holder(error)) is None:
            super().refuse(error)
            return
        link = format_html(
            '{} <a class="link" href="{}">{}</a>',
            self.word(error),
            of_customer(holder.pk),
            holder.display_name,
        )
        merge = merge_address(self.row.pk, holder.pk) if self.row else ""
        if merge and self.actor.may(Permission.MERGE):
            link += format_html(' · <a class="link" href="{}">{}</a>', merge, _("Merge them…"))
        if error.field == "phone":
            link += format_html(
                ' · <button class="link" name="{}" value="1">{}</button>',
                HOUSEHOLD,
                _("Same household: keep it as this one’s other phone"),
            )
        self.add_error(error.field, link)

    def _other_phones(self) -> list[str]:
        """Those that the form says, or that are there."""
        if "alternative_phones" in self.fields:
            return list(self.cleaned_data["alternative_phones"] or [])
        return list(getattr(self.row, "alternative_phones", []))

    def _holder(self, conflict: Conflict) -> Customer | None:
        """Who has the value already, unless they went in this very moment."""
        if conflict.field not in self.fields or conflict.customer_id is None:
            return None
        return customers(actor=self.actor).filter(pk=conflict.customer_id).first()

    def _people(self, present: Any) -> "models.QuerySet[User]":
        """Who can be chosen: those who work here, and whom the record has already."""
        return owners(actor=self.actor).filter(models.Q(is_active=True) | models.Q(pk=present))

    def _automatic(self, name: str) -> str:
        """What is calculated, where it is known."""
        if self.row is None or getattr(self.row, f"{name}_pinned"):
            return _("Automatic")
        return _("Automatic (now %(value)s)") % {
            "value": getattr(self.row, f"get_{name}_display")()
        }

    def _values_of(self, row: Any) -> dict[str, Any]:
        found = super()._values_of(row)
        if row is None:
            return found
        if "tags" in self.fields:
            found["tags"] = tags_of([row.pk])[row.pk]
        return found | {
            name: getattr(row, name) if getattr(row, pin) else ""
            for name, pin in PINNED.items()
            if name in self.fields
        }


class BlockForm(ServiceForm):
    block_reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Your colleagues see it; the customer doesn't."),
    )

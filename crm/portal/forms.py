"""The portal's forms: how one gets in, and what one may change."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from appointments.portal import outlets_to_book, services_to_book, staff_to_book
from appointments.preferences import OWN as OWN_PREFERENCES
from appointments.preferences import preference_row
from core.ui.fields import DayField, EmailFormField, PhoneFormField
from core.ui.forms import ServiceForm
from customers.models import Customer
from customers.selectors.portal import wordings_to_show
from customers.services.passwords import LONGEST


def email_field(**options: Any) -> EmailFormField:
    widget = forms.EmailInput(attrs={"autocomplete": "username"})
    return EmailFormField(label=gettext_lazy("E-mail"), widget=widget, **options)


def password_field(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=LONGEST, widget=widget, **options)


class PortalSignInForm(forms.Form):
    email = email_field()
    password = password_field(gettext_lazy("Password"), "current-password")


class EmailForm(forms.Form):
    email = email_field()


class PortalCodeForm(forms.Form):
    email = EmailFormField(widget=forms.HiddenInput)
    code = forms.RegexField(
        r"^\s*[0-9]{3}\s?[0-9]{3}\s*$",
        label=gettext_lazy("Code"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"invalid": gettext_lazy("Enter the six digits from the e-mail.")},
    )

    def clean_code(self) -> str:
        return "".join(str(self.cleaned_data["code"]).split())


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    password = password_field(
        gettext_lazy("New password"),
        "new-password",
        help_text=gettext_lazy("At least 10 characters."),
    )
    again = password_field(gettext_lazy("New password, once more"), "new-password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = cleaned.get("password"), cleaned.get("again")
        if all(typed) and typed[0] != typed[1]:
            self.add_error("again", _("This isn't the same password."))
        return cleaned


class ChangePasswordForm(NewPasswordForm, ServiceForm):
    current_password = password_field(gettext_lazy("Current password"), "current-password")
    field_order = ("current_password", "password", "again")


class ChangeEmailForm(ServiceForm):
    model: ClassVar[type[models.Model] | None] = Customer

    email = EmailFormField(widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    current_password = password_field(gettext_lazy("Current password"), "current-password")


def _line(name: str, autocomplete: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    length = Customer._meta.get_field(name).max_length  # type: ignore[union-attr]
    return forms.CharField(required=False, max_length=length, widget=widget)


class ProfileForm(ServiceForm):
    model = Customer

    first_name = _line("first_name", "given-name")
    last_name = _line("last_name", "family-name")
    company_name = _line("company_name", "organization")
    phone = PhoneFormField(required=False)
    whatsapp_number = PhoneFormField(required=False)
    date_of_birth = DayField(required=False)
    gender = _line("gender", "sex")
    street = _line("street", "street-address")
    city = _line("city", "address-level2")
    state = _line("state", "address-level1")
    postal_code = _line("postal_code", "postal-code")
    country = _line("country", "country-name")

    def arrange(self) -> None:
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"


class PreferencesForm(ServiceForm):
    model = Customer

    language = forms.ChoiceField(required=False)
    contact_hours_start = forms.TimeField(
        required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    contact_hours_end = forms.TimeField(
        required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    preferred_outlet = forms.ModelChoiceField(
        queryset=None, required=False, empty_label=gettext_lazy("No preference")
    )
    preferred_services = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        label=gettext_lazy("Preferred services"),
        widget=forms.CheckboxSelectMultiple,
    )
    preferred_staff = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        label=gettext_lazy("Preferred staff"),
        widget=forms.CheckboxSelectMultiple,
    )
    accessibility_needs = forms.CharField(required=False, max_length=500)
    preference_note = forms.CharField(
        required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def arrange(self) -> None:
        fields: dict[str, Any] = self.fields
        home = dict(settings.LANGUAGES).get(self.actor.organization.language, "")
        anyway = _("As the company's (%(language)s)") % {"language": home} if home else "–"
        fields["language"].choices = [("", anyway), *settings.LANGUAGES]
        fields["preferred_outlet"].queryset = outlets_to_book(actor=self.actor)
        fields["preferred_services"].queryset = services_to_book(actor=self.actor)
        fields["preferred_staff"].queryset = staff_to_book(actor=self.actor)
        fields["preferred_staff"].label_from_instance = lambda user: user.name
        for name in ("preferred_outlet", "preferred_services", "preferred_staff"):
            if not fields[name].queryset.exists():
                del fields[name]

    def values(self) -> dict[str, Any]:
        """Rows as the ids that the service takes."""
        found = {}
        for name, value in super().values().items():
            if isinstance(value, models.QuerySet):
                value = [row.pk for row in value]
            found[name] = value.pk if isinstance(value, models.Model) else value
        return {name: value for name, value in found.items() if name in OWN_PREFERENCES}

    def _values_of(self, row: models.Model | None) -> dict[str, Any]:
        assert isinstance(row, Customer)
        lists = {
            name: [str(key) for key in keys]
            for name, keys in preference_row(row).items()
            if name in ("preferred_services", "preferred_staff") and name in self.fields
        }
        return super()._values_of(row) | lists


class ConsentsForm(ServiceForm):
    model = Customer

    notify_email = forms.BooleanField(required=False)
    notify_sms = forms.BooleanField(required=False)
    notify_push = forms.BooleanField(required=False)
    notify_whatsapp = forms.BooleanField(required=False)
    marketing_consent = forms.BooleanField(required=False)

    def arrange(self) -> None:
        """Beside a tick stand the company's own words for it, where it has saved some."""
        language = get_language() or ""
        languages = list(dict.fromkeys([language, self.actor.organization.language]))
        self.shown = wordings_to_show(actor=self.actor, languages=languages)
        for name, version in self.shown.items():
            self.fields[name].help_text = version.text

    def wording(self) -> str:
        """What the customer was shown of what they changed: it stands in the ledger."""
        shown = [str(self.fields[name].label) for name in self.changed_data if name in self.now]
        return f"{consents_wording(self.actor.organization.name)} {', '.join(shown)}"


def consents_wording(name: str) -> str:
    return _("I agree that %(name)s writes to me in the ways ticked here:") % {"name": name}


class WishForm(forms.Form):
    """What is to be booked, and on which day; it is sent as part of an address."""

    service = forms.ModelChoiceField(
        queryset=None, label=gettext_lazy("Service"), empty_label=gettext_lazy("Choose…")
    )
    outlet = forms.ModelChoiceField(queryset=None, required=False, label=gettext_lazy("Where"))
    staff = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label=gettext_lazy("With"),
        empty_label=gettext_lazy("Anyone available"),
    )
    day = DayField(label=gettext_lazy("Day"))

    def __init__(self, *args: Any, actor: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["service"].queryset = services_to_book(actor=actor)
        fields["staff"].queryset = staff_to_book(actor=actor)
        fields["staff"].label_from_instance = lambda user: user.name
        fields["outlet"].queryset = outlets_to_book(actor=actor)
        there = len(fields["outlet"].queryset[:2])
        if there == 0:
            del fields["outlet"]
        else:
            fields["outlet"].required = True
            fields["outlet"].empty_label = None if there == 1 else _("Choose…")

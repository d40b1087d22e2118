"""A customer's fields in groups, each shown as facts and edited in its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.template.defaultfilters import date as formatted
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from appointments.preferences import update_preferences
from core.identity.models import User
from core.phones import Phone, readable_phone
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.ui.fields import DayField, MoneyField
from core.ui.formatting import money
from core.ui.forms import FieldGroup, ServiceForm
from crm.pages.customer.labels import why_labelled
from customers.choices import CONSENT_FIELDS, ConsentAnswer
from customers.models import Customer
from customers.pages.codes import CODED, code_in_words
from customers.pages.custom_value import custom_value_form
from customers.pages.fields import editable_value
from customers.pages.forms import CustomerForm
from customers.pages.work import consent_form
from customers.selectors.consents import ConsentState
from customers.sensitive import custom_fields_for
from customers.services.customers import edit_customer
from customers.services.management import change_consents
from customers.services.values import PINNED


@dataclass(frozen=True, slots=True)
class Fact:
    """
    A field as it is read: `name` is the field, where it is edited by itself; `value` in words,
    empty while it isn't known; `href` reaches whom it names; `key` is which of the custom fields;
    `unpin` gives a pinned value back to the rules; `why` says from what a computed one follows.
    """

    name: str
    label: str
    value: Any
    href: str = ""
    key: str = ""
    unpin: str = ""
    why: str = ""

    @property
    def mark(self) -> str:
        """What tells it from the page's others."""
        return mark_of(self.name, self.key)

    @property
    def query(self) -> str:
        """What its form's address says of it."""
        return urlencode({"field": self.name} | ({"key": self.key} if self.key else {}))

    @property
    def is_shown(self) -> bool:
        """Whether it stands among what is known; the others are folded away."""
        return bool(self.value) or self.name in ALWAYS


def mark_of(name: str, key: str = "") -> str:
    return f"{name}.{key}" if key else name


@dataclass(frozen=True, slots=True)
class Single:
    """The form of one value, and the service that saves it."""

    form: type[ServiceForm]
    write: Callable[..., Customer]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the customer's form as the customer's page shows it, saved by one service."""

    of: FieldGroup
    permission: Permission = Permission.UPDATE_CUSTOMERS
    write: Callable[..., Customer] = edit_customer

    @property
    def name(self) -> str:
        return self.of.name

    @property
    def title(self) -> Any:
        return self.of.title

    @property
    def form(self) -> type[CustomerForm]:
        return FORMS[self.of.name]

    def facts(
        self,
        row: Customer,
        actor: Actor,
        consents: Mapping[str, ConsentState],
        unreachable: Mapping[str, str],
    ) -> list[Fact]:
        """
        What the actor may see of the group, also what isn't known yet; an address by which the
        customer isn't to be reached (`unreachable`) is no link and says why.
        """
        if self.name == "custom":
            seen = custom_fields_for(actor, vars(row))
            return [
                Fact(CUSTOM, name, editable_value(value), key=name) for name, value in seen.items()
            ]
        found = []
        for name in self.of.all:
            if name in consents:
                found.append(_told_consent(name, consents[name]))
            elif name not in ELSEWHERE:
                value = getattr(row, name)
                label = str(Customer._meta.get_field(name).verbose_name)
                known = value not in (None, "", [], False)
                told = self._told(row, name, actor.organization) if known else ""
                silent = unreachable.get(name, "") if known else ""
                why = silent or why_labelled(row, name, actor.organization)
                href = "" if silent else _address(name, value)
                found.append(Fact(name, label, told, href, why=why))
        if self.name == "origin" and row.referred_by is not None:
            url = reverse("customer:page", args=[row.referred_by_id])
            found.append(Fact("", _("Referred by"), row.referred_by.display_name, url))
        return found

    def single(self, name: str, key: str = "") -> Single | None:
        """One value by itself (`key`: which custom field); None for what isn't one of the group."""
        if name == NAME and NAMES[0] in self.of.all:
            return Single(NameForm, self.write)
        if name not in self.of.all or (name in ELSEWHERE and name not in IN_HEAD):
            return None
        if name == CUSTOM:
            return Single(custom_value_form(key), self.write) if key else None
        if name in CONSENT_FIELDS:
            return Single(consent_form(name), change_consents)
        return Single(SINGLES[name], self.write)

    def _told(self, row: Customer, name: str, organization: Organization) -> str:
        value, field = getattr(row, name), self.form.base_fields[name]
        if name in PINNED:
            how = _("pinned") if getattr(row, PINNED[name]) else _("automatic")
            return f"{getattr(row, f'get_{name}_display')()} · {how}"
        if name in CODED:
            return code_in_words(name, value)
        if name == "email" and "@" in value:
            return format_html("{}@<wbr>{}", *value.rsplit("@", 1))
        if name in ("phone", "whatsapp_number"):
            extension = row.phone_extension if name == "phone" else ""
            return readable_phone(str(Phone(value, extension)), organization.default_region)
        if name == "alternative_phones":
            return ", ".join(readable_phone(item, organization.default_region) for item in value)
        return format_value(field, value, organization.currency)


NAME, NAMES = "name", ("first_name", "last_name", "company_name", "is_business")
"""What a customer is called by, edited together; and the name of that."""

CUSTOM = "custom_fields"

IN_HEAD = (NAME, "tags")
"""What is shown, and edited, in the page's head."""

ELSEWHERE = ("first_name", "last_name", "company_name", "avatar_url", "tags", "phone_extension")
"""What stands above already, or behind the phone number."""

ALWAYS = ("email", "phone", "notes")
"""What is shown also when it isn't known."""


def format_value(field: Any, value: Any, currency: str) -> str:
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


def _told_consent(name: str, state: ConsentState) -> Fact:
    """What they said and when; nothing is known of who wasn't asked."""
    label = str(Customer._meta.get_field(name).verbose_name)
    if state.answer == ConsentAnswer.NOT_ASKED:
        return Fact(name, label, "")
    day = f" · {formatted(timezone.localtime(state.at), 'DATE_FORMAT')}" if state.at else ""
    return Fact(name, label, f"{state.answer.label}{day}")


def _address(name: str, value: Any) -> str:
    if not value or not isinstance(value, str):
        return ""
    return {
        "email": f"mailto:{value}",
        "phone": f"tel:{value}",
        "whatsapp_number": f"tel:{value}",
    }.get(name, "")


FORMS: Mapping[str, type[CustomerForm]] = {
    group.name: CustomerForm.only(*group.fields) for group in CustomerForm.groups
}
NameForm = CustomerForm.only(*NAMES)
SINGLES: Mapping[str, type[CustomerForm]] = {
    name: CustomerForm.only(name) for group in CustomerForm.groups for name in group.fields
}
GROUPS: Mapping[str, Group] = {group.name: Group(group) for group in CustomerForm.groups} | {
    group.name: Group(group, Permission.EDIT_PREFERENCES, update_preferences)
    for group in CustomerForm.groups
    if group.name == "preferences"
}

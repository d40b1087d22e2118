"""Making one customer of two, and two again."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.changes.pages import left_rows
from core.errors import NotFound
from core.fields import MoneyField, PhoneField
from core.tenancy.policy import Permission
from core.ui.formatting import money
from core.ui.formatting import phone as shown_phone
from core.ui.views import Page
from customers.archives import in_words, words_of
from customers.choices import MergeSide
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.codes import CODED, code_in_words
from customers.pages.links import of_customer
from customers.parts import customer_parts
from customers.selectors.consents import consent_states
from customers.selectors.customers import customer, customers, tags_of
from customers.selectors.lookup import parse_customer_id, survivors_of
from customers.selectors.merges import double_bookings, merge
from customers.sensitive import custom_fields_for
from customers.services.combining import choose, differing, strictest
from customers.services.merging import merge_customers
from customers.services.unmerging import undo_merge

FOUND = 10
"""Customers that a search offers."""

CHOICE = "of-"
"""What precedes a column's name in the form."""


class MergeCustomers(Page):
    """
    Who the other one is, unless the address says so (`?with=`); then what differs, whose value
    stays, and what will move.
    """

    permission: ClassVar[Permission | None] = Permission.MERGE
    template = "customers/merge.html"
    fragment = "customers/found.html"

    @cached_property
    def survivor(self) -> Customer:
        """Raises NotFound."""
        return customer(actor=self.actor, customer_id=self.kwargs["customer_id"])

    @cached_property
    def other(self) -> Customer | None:
        """Raises NotFound for an address that names nobody."""
        text = self.request.GET.get("with") or self.request.POST.get("with")
        if not text:
            return None
        key = parse_customer_id(text)
        if key is None:
            raise NotFound("Customer", text)
        return customer(actor=self.actor, customer_id=key)

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        pair = (customer_id, parse_customer_id(request.GET.get("with", "")))
        kept = survivors_of(actor=self.actor, keys=[key for key in pair if key])
        if kept:  # one of them was merged meanwhile
            first, second = (kept.get(key, key) if key else None for key in pair)
            assert first is not None, "the address names the customer"
            if second is None or first == second:
                return self.go(of_customer(first))
            address = reverse("customers:merge", args=[first])
            return self.go(f"{address}?with={second}")
        context: dict[str, Any] = {"customer": self.survivor, "back": of_customer(customer_id)}
        if self.other is None or self.other.pk == customer_id:
            return self.show({**context, **self._found()})
        return self.show({**context, **self._compared(self.survivor, self.other)})

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        seen = request.POST.get("version", "")
        made = merge_customers(
            actor=self.actor,
            customer_id=customer_id,
            loser=request.POST.get("with", ""),
            fields={
                name.removeprefix(CHOICE): str(side)
                for name, side in request.POST.items()
                if name.startswith(CHOICE) and side in MergeSide.values
            },
            if_version=int(seen) if seen.isdecimal() and len(seen) < 10 else None,
        )
        message = _("Merged into %(name)s.") % {"name": made.survivor.display_name}
        undo = reverse("customers:merge-undo", args=[made.merge.pk])
        return self.go(of_customer(customer_id), message, undo=undo)

    def _found(self) -> dict[str, Any]:
        """Whom a search finds; the customer is nobody to be merged with."""
        search = self.request.GET.get("search", "").strip()
        if not search:
            return {"search": "", "found": []}
        rows = customers(actor=self.actor, conditions=CustomerConditions(search=search))
        others = rows.exclude(pk=self.survivor.pk).order_by("first_key", "last_key", "id")
        here = reverse("customers:merge", args=[self.survivor.pk])
        return {
            "search": search,
            "found": [(row, f"{here}?with={row.pk}") for row in others[:FOUND]],
        }

    def _compared(self, survivor: Customer, other: Customer) -> dict[str, Any]:
        both = (survivor, other)
        states = [consent_states(actor=self.actor, customer=row) for row in both]
        held = strictest(*states)
        tags = tags_of([survivor.pk, other.pk])
        return {
            "other": other,
            "swapped": f"{reverse('customers:merge', args=[other.pk])}?with={survivor.pk}",
            "fields": [self._field(name, survivor, other) for name in differing(*both)],
            "consents": [
                {"label": state.label, "first": state, "second": states[1][name], "on": held[name]}
                for name, state in states[0].items()
                if state.answer != states[1][name].answer
            ],
            "new_tags": [tag for tag in tags[other.pk] if tag not in tags[survivor.pk]],
            "moving": [
                (table.label, counts[table.model])
                for part in customer_parts()
                if (counts := part.count_rows(other))
                for table in part.archived
                if table.model in counts
            ],
            "bookings": double_bookings(actor=self.actor, first=survivor, second=other),
        }

    def _field(self, name: str, survivor: Customer, other: Customer) -> dict[str, Any]:
        choice = choose(name, survivor, other, {})
        return {
            "name": f"{CHOICE}{name}",
            "label": Customer._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
            "first": self._in_words(name, survivor),
            "second": self._in_words(name, other),
            "side": choice.side or "",
            "can_join": choice.side is None,
            "reason": choice.reason.label,
        }

    def _in_words(self, name: str, row: Customer) -> str:
        field = Customer._meta.get_field(name)
        if name == "custom_fields":
            return in_words(custom_fields_for(self.actor, vars(row)))
        value = getattr(row, name)
        if field.is_relation:
            return str(value or "")
        if isinstance(field, MoneyField):
            return money(value, self.actor.organization.currency)
        if isinstance(field, PhoneField):
            return shown_phone(value, self.actor) if value else ""
        if name == "alternative_phones":
            return ", ".join(shown_phone(number, self.actor) for number in value)
        return code_in_words(name, value) if name in CODED else words_of(field)(value)


class UndoMerge(Page):
    """Two customers again; what stays with the one who was kept is listed."""

    permission: ClassVar[Permission | None] = Permission.MERGE
    template = "changes/undone.html"

    def post(self, request: HttpRequest, merge_id: UUID) -> HttpResponse:
        row = merge(actor=self.actor, merge_id=merge_id)
        result = undo_merge(actor=self.actor, merge_id=merge_id)
        message = _("The two customers are separated again.")
        if result.kept:
            return self.show({"result": result, "rows": left_rows(result), "heading": message})
        return self.go(of_customer(row.customer_id), message)

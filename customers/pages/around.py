"""
What forms about a customer share: page or dialog, who may, where they lead back to, and what they
changed in the customer's figures.
"""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy.choices import Role
from core.tenancy.policy import Permission
from core.ui.formatting import money
from core.ui.forms import ServiceForm
from core.ui.views import FormPage, Page
from customers.models import Customer
from customers.pages.links import list_of, of_customer
from customers.selectors.customers import customer, customers


def page_of_customer(row: Customer | None, *, came_from: str = "") -> str:
    """Where the work about a customer leads back to; for an erased one's to all projects."""
    return of_customer(row.pk, came_from=came_from) if row else reverse("customers:projects")


def what_changed(before: Customer, after: Customer, currency: str) -> str:
    """
    `Booked value is now $61,250; segment: Premium.`: what a write changed of the customer;
    nothing if nothing.
    """
    told = []
    if after.lifetime_value != before.lifetime_value:
        told.append(
            _("booked value is now %(amount)s") % {"amount": money(after.lifetime_value, currency)}
        )
    if after.segment != before.segment:
        told.append(_("segment: %(segment)s") % {"segment": after.get_segment_display()})
    if after.status != before.status:
        told.append(_("status: %(status)s") % {"status": after.get_status_display()})
    sentence = "; ".join(told)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""


class Watching(Page):
    """Tells after a write what it changed of the customer whom it is about."""

    before: Customer | None = None

    def watch(self, row: Customer | None) -> None:
        """`row` as it is before the write."""
        self.before = row

    def with_changes(self, said: Any) -> str:
        """`said`, and what has changed since."""
        after = (
            customers(actor=self.actor).filter(pk=self.before.pk).first() if self.before else None
        )
        changed = (
            what_changed(self.before, after, self.actor.organization.currency)
            if self.before and after
            else ""
        )
        return f"{said} {changed}".strip()


class FormOfCustomer(Watching, FormPage):
    """
    A form about a customer, as a page of its own and, from the same address, as a dialog over
    another.

    `needed` is what saving takes; with `shows` those who may not change it may still look. `row`
    finds the customer.
    """

    needed: ClassVar[Permission]
    shows: ClassVar[bool] = False
    template = "customers/around/form.html"
    fragment = "customers/around/dialog.html"
    title: ClassVar[Any] = ""
    submit: ClassVar[Any] = gettext_lazy("Save")

    customer: Customer | None = None

    @property
    def permission(self) -> Permission:  # type: ignore[override]
        return (
            Permission.VIEW
            if self.shows and self.request.method in ("GET", "HEAD")
            else self.needed
        )

    def row(self) -> Any:
        self.customer = customer(actor=self.actor, customer_id=self.kwargs["customer_id"])
        return None

    @property
    def heading(self) -> str:
        return str(self.title)

    @property
    def back(self) -> str:
        """Where Cancel leads, and saving."""
        return page_of_customer(self.customer, came_from=list_of(self.request))

    @property
    def customer_url(self) -> str:
        return page_of_customer(self.customer, came_from=list_of(self.request))

    @property
    def may_change(self) -> bool:
        return self.actor.may(self.needed)

    @property
    def why_not(self) -> str:
        """Why there is no form."""
        said = {"role": Role(self.actor.role).label, "permission": self.needed.label}
        return _("As “%(role)s” you may not: %(permission)s.") % said

    def get_success_message(self) -> str:
        return self.with_changes(self.success_message)

    def _show(self, form: ServiceForm, *, status: int = 200) -> HttpResponse:
        form.auto_id = "work_%s"  # the page under a dialog may have fields of the same names
        return super()._show(form, status=status)

    def _write(self, form: ServiceForm) -> str:
        self.watch(self.customer)
        return super()._write(form)


class Deletion(Watching):
    """
    Asks first, for it can't be taken back: a page of its own, or a dialog over another. `row` is
    what goes, with its `customer`.
    """

    template = "customers/around/delete.html"
    fragment = "customers/around/delete_dialog.html"
    title: ClassVar[Any]
    consequence: ClassVar[Any]
    success_message: ClassVar[Any]

    def row(self) -> Any:
        raise NotImplementedError

    def named(self, row: Any) -> str:
        """What goes, in words."""
        raise NotImplementedError

    def back(self, row: Any) -> str:
        """Where Cancel leads."""
        raise NotImplementedError

    def delete(self) -> None:
        """The one call."""
        raise NotImplementedError

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = self.row()
        return self.show({"row": row, "named": self.named(row), "back": self.back(row)})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = self.row()
        self.watch(row.customer)
        self.delete()
        return self.go(page_of_customer(row.customer), self.with_changes(self.success_message))

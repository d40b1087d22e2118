"""What is edited and written in its place on the customer's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Invalid, NotFound
from core.identity.layouts import layout_of
from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment
from core.ui.toasts import toast
from core.ui.views import FormPage
from crm.pages.customer.composer import COMPOSER_NAMES, WRITERS, ComposerForm, composer_form
from crm.pages.customer.contents import CustomerContents
from crm.pages.customer.fields import GROUPS, IN_HEAD, Group, Single, mark_of
from customers.models import Customer
from customers.pages.columns import LIST, columns_to_show
from customers.pages.filters import TAGS_OFFERED, CustomerFilters
from customers.pages.rows import CustomerRows
from customers.selectors.customers import tags_of
from customers.selectors.work import tag_counts, tags
from customers.services.customers import edit_customer
from customers.services.management import change_tags
from customers.services.values import PINNED


class Fields(CustomerContents, FormPage):
    """
    One group of fields, or with `field` one of them: its form on the customer's page, without
    JavaScript on a page of its own.
    """

    template = "customer/fields.html"
    fragment = "customer/group_form.html"
    success_message = gettext_lazy("Saved.")

    @property
    def chosen(self) -> Group:
        """Raises NotFound."""
        group = GROUPS.get(self.kwargs["group"])
        if group is None:
            raise NotFound("Group", self.kwargs["group"])
        return group

    @property
    def permission(self) -> Permission:  # type: ignore[override]
        return self.chosen.permission

    @property
    def field(self) -> str:
        """The one field that is edited; empty for all of the group."""
        return str(self.request.GET.get("field", ""))

    @property
    def key(self) -> str:
        """Which of the custom fields."""
        return str(self.request.GET.get("key", ""))

    @property
    def form_class(self) -> type[ServiceForm]:  # type: ignore[override]
        """Raises NotFound."""
        return self.single.form if self.field else self.chosen.form

    @cached_property
    def single(self) -> Single:
        """The one value that is edited. Raises NotFound."""
        found = self.chosen.single(self.field, self.key)
        if found is None or (self.key and self.key not in self.customer.custom_fields):
            raise NotFound("Field", self.field)
        return found

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if "shown" in request.GET and is_fragment(request):
            if self.field in IN_HEAD:
                self.fragment = "customer/head.html"
                return self.show(self.whole())
            self.fragment = "customer/group.html"
            return self.show({"group": self.group(self.chosen)})
        return super().get(request, **kwargs)

    def row(self) -> Customer:
        self.__dict__.pop("customer", None)
        return self.customer

    def write(self, values: dict[str, Any]) -> str:
        if values:
            write = self.single.write if self.field else self.chosen.write
            write(
                actor=self.actor,
                customer_id=self.kwargs["customer_id"],
                values=values,
                if_version=self.version,
            )
        return self.address(self.tab)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        here = self.here("customer:fields", self.chosen.name, field=self.field, key=self.key)
        if self.field:
            self.fragment = "customer/field_form.html"  # type: ignore[misc]
        first = next(iter(form.visible_fields()), None)
        if first is not None and not form.errors:
            first.field.widget.attrs["autofocus"] = True
            if self.field:
                first.field.widget.attrs["data-sends"] = ""
        return {
            "group": self.chosen,
            "place": "closest [data-fact]",
            "one": mark_of(self.field, self.key),
            "cancel_place": "#customer-head"
            if self.field in IN_HEAD
            else f"#group-{self.chosen.name}",
            "customer": self.customer,
            "action": here,
            "cancel": self.here("customer:fields", self.chosen.name, shown="1", field=self.field),
            "back": self.address(self.tab),
        }


class Cell(Fields):
    """
    One value of a customer edited in its cell of the list; htmx gets the customer's row as it then
    is.
    """

    @property
    def field(self) -> str:
        return str(self.kwargs["field"])

    @property
    def chosen(self) -> Group:
        """Raises NotFound."""
        for group in GROUPS.values():
            if group.single(self.field):
                return group
        raise NotFound("Field", self.field)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if "shown" in request.GET and is_fragment(request):
            return HttpResponse(self._row())
        return FormPage.get(self, request, **kwargs)

    def go(self, address: str, said: str = "", *, undo: str = "") -> HttpResponse:
        if not is_fragment(self.request):
            return super().go(address, said, undo=undo)
        toast(self.request, said, undo=undo or self.undo_address())
        # after a table's row the parser would drop the form of Undo
        toasts = f"<template>{self._toasts()}</template>"
        row = self._row()
        place = {"HX-Retarget": f"#row-{self.customer.pk.hex}", "HX-Reswap": "outerHTML"}
        return HttpResponse(row + toasts, headers=place)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        key = self.customer.pk.hex
        form.auto_id = f"cell_{key}_%s"
        return super().context(form) | {
            "place": "closest td",
            "one": f"{key}-{self.field}",
            "cancel_place": f"#row-{key}",
            "action": self.here("customer:cell", self.field),
            "cancel": self.here("customer:cell", self.field, shown="1"),
        }

    def _row(self) -> str:
        query = QueryDict(self.came_from)
        columns = columns_to_show(query, layout_of(self.request.user, LIST))
        rows = CustomerRows(CustomerFilters(query, actor=self.actor), columns)
        context = {**rows.context(), "row": rows.of(self.row()), "view": self}
        return render_to_string("customers/list_row.html", context, self.request)


class Tags(CustomerContents):
    """
    Adds or removes one tag; the opposite is what Undo posts to. While one types, the tags that
    there are, with how many customers bear each.
    """

    permission = Permission.MANAGE_TAGS
    fragment = "customer/tag_options.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not is_fragment(request):
            return redirect(self.address(self.tab))
        borne = tag_counts(actor=self.actor)
        own = tags_of([self.customer.pk])[self.customer.pk]
        known = tags(actor=self.actor).exclude(name__in=own).order_by("name")[:TAGS_OFFERED]
        return self.show({"options": [(tag.name, borne.get(tag.pk, 0)) for tag in known]})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        said = request.POST if "tag" in request.POST else request.GET
        tag = said.get("tag", "").strip()
        removed = said.get("action") == "remove"
        if not tag:
            return self.go(self.address(self.tab))
        change_tags(
            actor=self.actor,
            customer_id=self.customer.pk,
            tags=[tag],
            action="remove" if removed else "add",
        )
        undo = self.here("customer:tags", tag=tag, action="add" if removed else "remove")
        text = _("“%(tag)s” is removed.") if removed else _("“%(tag)s” is added.")
        return self.go(self.address(self.tab), text % {"tag": tag}, undo=undo)


class Pin(CustomerContents):
    """
    Gives status, segment or engagement back to the rules; with a `value` (Undo) sets and so pins
    it.
    """

    permission = Permission.UPDATE_CUSTOMERS

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        name = self.kwargs["field"]
        if name not in PINNED:
            raise NotFound("Field", name)
        before, value = getattr(self.customer, name), request.GET.get("value")
        edit_customer(actor=self.actor, customer_id=self.customer.pk, values={name: value or None})
        undo = "" if value else self.here("customer:pin", name, value=before)
        return self.go(
            self.address(self.tab),
            _("Pinned again.") if value else _("It updates automatically again."),
            undo=undo,
        )


class Compose(CustomerContents, FormPage):
    """
    Writes what the composer holds; htmx gets the customer's page as it then is, and what is refused
    stands in the composer, as it was typed. Without JavaScript that is a page of its own.
    """

    permission = Permission.LOG
    template = "customer/compose.html"
    fragment = "customer/composer.html"
    form_class = ComposerForm
    keeps_draft = False

    def row(self) -> None:
        self.customer  # noqa: B018  raises NotFound

    def initial(self) -> dict[str, Any]:
        return {**composer_form(self.actor, self.customer).now, **super().initial()}

    def write(self, values: dict[str, Any]) -> str:
        raise NotImplementedError("the form's own cleaned data is written")

    def _write(self, form: Any) -> str:
        self.kind = form.cleaned_data["kind"]
        write, _said = WRITERS[self.kind]
        try:
            write(self.actor, self.customer, form.cleaned_data)
        except Invalid as error:
            named = {COMPOSER_NAMES.get(name, name): said for name, said in error.faults.items()}
            raise Invalid(named) from error
        return self.address(self.tab)

    def get_success_message(self) -> str:
        return str(WRITERS[self.kind][1])

    def _show(self, form: ServiceForm, *, status: int = 200) -> HttpResponse:
        form.auto_id = "composer_%s"
        return super()._show(form, status=status)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {
            "customer": self.customer,
            "back": self.address(self.tab),
            **self.composer(form),
        }

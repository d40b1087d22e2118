"""
The customer's page: who this is, what happened, what it is worth and what to do next, from every
app at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.health import health
from analytics.insights import FACTS, insights
from appointments.choices import UPCOMING, AppointmentStatus
from appointments.filters import AppointmentConditions
from appointments.pages.wording import starts
from appointments.selectors import appointments
from appointments.slots import zone_of
from core.clock import now
from core.errors import Invalid, NotFound
from core.tenancy.policy import Permission
from core.ui.charts import Point, SparkLine
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment
from core.ui.lists import ListState
from core.ui.templatetags.ui import money
from core.ui.toasts import toast
from core.ui.views import FormPage, Page
from crm.pages.advice import AdviceFacts, advice, next_step, shares
from crm.pages.composer import COMPOSER_NAMES, WRITERS, ComposerForm, composer_form
from crm.pages.fields import GROUPS, Group
from crm.pages.tabs import TABS, Tab, tab_counts
from crm.pages.timeline import TimelineEntry, TimelinePlace, kinds_for, timeline
from customers.choices import HealthBand
from customers.filters import CustomerConditions, DuplicateConditions
from customers.models import Customer
from customers.pages.columns import ORDERS, SORTS, order_by
from customers.pages.duplicates import PairRow, pair_row
from customers.pages.filters import TAGS_OFFERED, CustomerFilters
from customers.pages.forms import PINS
from customers.pages.links import list_of, with_list
from customers.selectors.consents import ConsentState, consent_states
from customers.selectors.customers import customers, tags_of
from customers.selectors.duplicates import duplicates
from customers.selectors.lookup import survivors_of
from customers.selectors.merges import can_be_undone, merges_of
from customers.selectors.neighbours import neighbours
from customers.selectors.value import collected, project_value_by_month
from customers.selectors.work import tag_counts, tags
from customers.services.customers import edit_customer
from customers.services.management import change_tags
from customers.services.values import PINNED
from interactions.filters import FollowUpConditions
from interactions.models import FollowUp
from interactions.selectors import DUE_FIRST, follow_ups

TIMELINE = "timeline"
UPCOMING_SHOWN = 3
SPARK_MONTHS = 12
LOOK_ALIKES_SHOWN = 3
ACTIONS_SHOWN = 3
"""The others are in the menu."""


@dataclass(frozen=True, slots=True)
class CustomerAction:
    """
    A page that does something about a customer: its name, what follows its address, and who may.
    """

    label: Any
    icon: str
    page: str
    permission: Permission
    query: str = ""
    of_customer: bool = True
    reaches: bool = False
    """Whether it writes to the customer, which a blocked one isn't."""


ACTIONS: Sequence[CustomerAction] = (
    CustomerAction(
        gettext_lazy("Log a call"), "phone", "interactions:log", Permission.LOG, "?type=phone_call"
    ),
    CustomerAction(
        gettext_lazy("Book"),
        "calendar",
        "appointments:book",
        Permission.BOOK,
        "?customer=%s",
        of_customer=False,
    ),
    CustomerAction(
        gettext_lazy("Message"),
        "chat",
        "interactions:conversation-new",
        Permission.LOG,
        reaches=True,
    ),
    CustomerAction(gettext_lazy("Follow-up"), "bell", "interactions:follow-up-new", Permission.LOG),
    CustomerAction(
        gettext_lazy("Add project"),
        "briefcase",
        "customers:project-new",
        Permission.MANAGE_PROJECTS,
    ),
    CustomerAction(
        gettext_lazy("Record payment"),
        "money",
        "customers:payment-new",
        Permission.MANAGE_TRANSACTIONS,
    ),
    CustomerAction(
        gettext_lazy("Record consents"), "shield", "customers:consents", Permission.EDIT_PREFERENCES
    ),
    CustomerAction(
        gettext_lazy("Adjust loyalty points"),
        "star",
        "customers:loyalty",
        Permission.ADJUST_LOYALTY,
    ),
    CustomerAction(
        gettext_lazy("Send a link to the portal"),
        "link",
        "customers:invite",
        Permission.UPDATE_CUSTOMERS,
    ),
    CustomerAction(gettext_lazy("Merge"), "users", "customers:merge", Permission.MERGE),
    CustomerAction(
        gettext_lazy("Data protection"), "lock", "customers:privacy", Permission.REQUEST_PRIVACY
    ),
)


class OfCustomer(Page):
    """What is done on the customer's page: htmx gets the page as it then is, in place."""

    template = "customer/customer.html"

    @cached_property
    def customer(self) -> Customer:
        """With what the rules of the advice ask of other tables. Raises NotFound."""
        key = self.kwargs["customer_id"]
        related = ("assigned_to", "preferred_agent", "preferred_outlet", "referred_by")
        rows = customers(actor=self.actor).select_related(*related).annotate(**FACTS)
        row = rows.filter(pk=key).first()
        if row is None:
            raise NotFound("Customer", key)
        return row

    @cached_property
    def came_from(self) -> str:
        """The query of the list that one came from."""
        return list_of(self.request)

    @cached_property
    def tab(self) -> str:
        """The tab that is open; from whoever may not see it, it isn't asked for."""
        asked = str(self.kwargs.get("tab") or self.request.GET.get("tab", ""))
        return asked if any(tab.name == asked for tab in TABS) else TIMELINE

    def address(self, tab: str = "", **query: Any) -> str:
        """Of the customer's page, with a tab open."""
        name = "customer:page" if tab in ("", TIMELINE) else f"customer:{tab}"
        given = {key: value for key, value in {**query, "list": self.came_from}.items() if value}
        path = reverse(name, args=[self.kwargs["customer_id"]])
        return f"{path}?{urlencode(given, doseq=True)}" if given else path

    def here(self, name: str, *args: Any, **query: Any) -> str:
        """The address of an action, which afterwards shows the page as it is now."""
        given = {
            key: value
            for key, value in {**query, "tab": self.tab, "list": self.came_from}.items()
            if value and value != TIMELINE
        }
        path = reverse(name, args=[self.kwargs["customer_id"], *args])
        return f"{path}?{urlencode(given)}" if given else path

    def go(self, address: str, said: str = "", *, undo: str = "") -> HttpResponse:
        if not is_fragment(self.request):
            return super().go(address, said, undo=undo)
        if said:
            toast(self.request, said, undo=undo or self.undo_address())
        for read in ("customer", "consents"):
            self.__dict__.pop(read, None)
        context = {**self.whole(), "view": self}
        text = "".join(
            render_to_string(name, context, self.request)
            for name in ("customer/content.html", "customer/name.html")
        )
        return HttpResponse(
            text + self._toasts(), headers={"HX-Retarget": "#customer", "HX-Reswap": "outerHTML"}
        )

    # What the page shows

    def whole(self) -> dict[str, Any]:
        row = self.customer
        currency = self.actor.organization.currency
        found = insights(customer=vars(row))
        mine = appointments(actor=self.actor, conditions=AppointmentConditions(customer_id=row.pk))
        upcoming = list(
            mine.filter(status__in=UPCOMING, start_at__gt=now())
            .select_related("service", "outlet", "staff")
            .order_by("start_at")[:UPCOMING_SHOWN]
        )
        before, after = self._neighbours()
        actions = self._actions()
        return {
            "customer": row,
            "currency": currency,
            "insights": found,
            "band": HealthBand.of(found.health_score),
            "shares": shares(health(vars(row), now()), currency),
            "opportunities": advice(found.opportunities, row),
            "recommendations": advice(found.recommendations, row),
            "step": None
            if row.is_blocked
            else next_step(AdviceFacts(self.actor, row, found, upcoming, self._next_follow_up())),
            "look_alikes": self._look_alikes(),
            "upcoming": [
                (
                    each,
                    starts(each.start_at, zone_of(actor=self.actor, outlet=each.outlet)),
                    AppointmentStatus(each.status),
                    reverse("appointments:appointment", args=[each.pk]),
                )
                for each in upcoming
            ],
            "collected": collected(actor=self.actor, customer_id=row.pk),
            "average": row.lifetime_value / row.project_count if row.project_count else None,
            "spark": self._spark(currency),
            "badges": self._badges(),
            "tag_url": self.here("customer:tags"),
            "tags": tags_of([row.pk])[row.pk],
            "consents": self.consents.values(),
            "consents_url": with_list(reverse("customers:consents", args=[row.pk]), self.came_from)
            if self.actor.may(Permission.EDIT_PREFERENCES)
            else self.here("customer:consents"),
            "groups": [self.group(group) for group in GROUPS.values()],
            "actions": actions[:ACTIONS_SHOWN],
            "more_actions": actions[ACTIONS_SHOWN:],
            "may": self._may(),
            "links": {
                name: with_list(reverse(f"customers:{name}", args=[row.pk]), self.came_from)
                for name in ("edit", "block", "delete")
            }
            | {"list": self._list_address()},
            "before": before,
            "after": after,
            **(self.composer() if self.actor.may(Permission.LOG) else {}),
            "merges": [
                (each, can_be_undone(each) and self.actor.may(Permission.MERGE))
                for each in merges_of(actor=self.actor, customer_id=row.pk)
            ],
            **self.part(),
        }

    def composer(self, form: ServiceForm | None = None) -> dict[str, Any]:
        """What the composer's template takes: a blank form, or `form` as it was sent."""
        row = self.customer
        return {
            "composer": form or composer_form(self.actor, row),
            "composer_url": self.here("customer:compose"),
            "composer_more": with_list(reverse("interactions:log", args=[row.pk]), self.came_from),
        }

    def _look_alikes(self) -> list[PairRow]:
        """The surest pairs of this customer with somebody, for those who may decide."""
        if not self.actor.may(Permission.MERGE):
            return []
        conditions = DuplicateConditions(customer_id=self.customer.pk)
        rows = duplicates(actor=self.actor, conditions=conditions).order_by("-score", "id")
        found = rows.select_related("customer", "other")[:LOOK_ALIKES_SHOWN]
        return [pair_row(pair, of=self.customer.pk) for pair in found]

    @cached_property
    def consents(self) -> dict[str, ConsentState]:
        return consent_states(actor=self.actor, customer=self.customer)

    def group(self, group: Group) -> dict[str, Any]:
        """A group of fields as it is shown."""
        facts = group.facts(self.customer, self.actor, self.consents)
        return {
            "name": group.name,
            "title": group.title,
            "facts": [fact for fact in facts if fact.is_shown],
            "unknown": [fact for fact in facts if not fact.is_shown],
            "edit": self.here("customer:fields", group.name)
            if self.actor.may(group.permission)
            else "",
        }

    def part(self) -> dict[str, Any]:
        """The open tab, and how many there are in each."""
        counts = tab_counts(self.actor, self.customer.pk)
        context: dict[str, Any] = {
            "customer": self.customer,
            "tabs": self._tabs(counts),
            "tab": self.tab,
        }
        return context | (
            self._timeline()
            if self.tab == TIMELINE
            else self._list(next(tab for tab in TABS if tab.name == self.tab), counts)
        )

    def _tabs(self, counts: Mapping[str, int]) -> list[dict[str, Any]]:
        found = [
            {
                "label": _("Timeline"),
                "url": self.address(),
                "current": self.tab == TIMELINE,
                "count": None,
            }
        ]
        for tab in TABS:
            if tab.name in counts:
                found.append(
                    {
                        "label": tab.label,
                        "url": self.address(tab.name),
                        "current": self.tab == tab.name,
                        "count": counts[tab.name],
                    }
                )
        return found

    def _list(self, tab: Tab, counts: Mapping[str, int]) -> dict[str, Any]:
        self.actor.require(tab.permission)
        state = ListState(self.request, size=25)
        state.path = reverse(f"customer:{tab.name}", args=[self.customer.pk])
        rows = tab.rows(self.actor, self.customer.pk)
        page = state.page_of(
            rows.with_count(lambda: counts[tab.name]), order=tab.order, columns=tab.columns
        )
        return {
            "state": state,
            "list_tab": tab,
            "page": page,
            "cells": [tab.cells(row, self.actor) for row in page.rows],
            "new": next((action for action in self._actions() if action["page"] == tab.new), None),
        }

    def _timeline(self) -> dict[str, Any]:
        query = self.request.GET
        kinds = kinds_for(self.actor)
        chosen = [kind for kind in kinds if kind in query.getlist("kind")]
        after, start = (
            TimelinePlace.parse(query.get("after", "")),
            TimelinePlace.parse(query.get("from", "")),
        )
        shown = timeline(
            actor=self.actor, customer=self.customer, kinds=chosen, after=after, start=start
        )
        return {
            "entries": self._dated(shown.entries, after),
            "older": self.address(TIMELINE, kind=chosen, after=str(shown.older))
            if shown.older
            else "",
            "newest": self.address(TIMELINE, kind=chosen) if after or start else "",
            "kinds": [
                (name, kind in chosen, self._toggled(kind, chosen)) for kind, name in kinds.items()
            ],
            "all_kinds": self.address() if chosen else "",
        }

    def _dated(
        self, entries: Sequence[TimelineEntry], after: TimelinePlace | None
    ) -> list[tuple[TimelineEntry, str, Any]]:
        """Each card with a link to it, and its day when that isn't the day of the one above."""
        days = [
            timezone.localtime(after.at).date() if after and is_fragment(self.request) else None,
            *(entry.day for entry in entries),
        ]
        return [
            (
                entry,
                f"{self.address(TIMELINE, **{'from': str(entry.place)})}#{entry.id}",
                entry.day if entry.day != above else None,
            )
            for entry, above in zip(entries, days, strict=False)
        ]

    def _toggled(self, kind: str, chosen: Sequence[str]) -> str:
        return self.address(
            TIMELINE,
            kind=[name for name in chosen if name != kind] if kind in chosen else [*chosen, kind],
        )

    def _badges(self) -> list[dict[str, Any]]:
        """Status, segment and engagement, and whether a person has pinned them."""
        row, found = self.customer, []
        for name, kind in PINS.items():
            value, pinned = getattr(row, name), getattr(row, PINNED[name])
            found.append(
                {
                    "name": Customer._meta.get_field(name).verbose_name,
                    "value": kind(value),
                    "pinned": pinned,
                    "unpin": self.here("customer:pin", name),
                }
            )
        return found

    def _spark(self, currency: str) -> SparkLine | None:
        months = project_value_by_month(
            actor=self.actor, customer_id=self.customer.pk, months=SPARK_MONTHS
        )
        points = [
            Point(f"{first:%Y-%m}", float(value), money(value, currency)) for first, value in months
        ]
        return (
            SparkLine(_("Project value of the last twelve months"), points)
            if any(point.value for point in points)
            else None
        )

    def _actions(self) -> list[dict[str, Any]]:
        found = []
        for action in ACTIONS:
            url = (
                with_list(
                    reverse(action.page, args=[self.customer.pk]) + action.query, self.came_from
                )
                if action.of_customer
                else reverse(action.page) + action.query % self.customer.pk
            )
            if self.actor.may(action.permission):
                why_not = (
                    _("This customer is blocked and gets no messages.")
                    if action.reaches and self.customer.is_blocked
                    else ""
                )
                found.append(
                    {
                        "page": action.page,
                        "label": action.label,
                        "icon": action.icon,
                        "url": "" if why_not else url,
                        "why_not": why_not,
                    }
                )
        return found

    def _next_follow_up(self) -> FollowUp | None:
        conditions = FollowUpConditions(customer_id=self.customer.pk, done=False)
        return follow_ups(actor=self.actor, conditions=conditions).order_by(*DUE_FIRST).first()

    def _may(self) -> dict[str, bool]:
        wanted = {
            "update": Permission.UPDATE_CUSTOMERS,
            "tag": Permission.MANAGE_TAGS,
            "block": Permission.BLOCK,
            "delete": Permission.DELETE_CUSTOMERS,
        }
        return {name: self.actor.may(permission) for name, permission in wanted.items()}

    def _list_address(self) -> str:
        url = reverse("customers:list")
        return f"{url}?{self.came_from}" if self.came_from else url

    def _neighbours(self) -> tuple[str, str]:
        """
        The addresses of the customers before and after this one in the list that one came from.
        """
        if not self.came_from:
            return "", ""
        query = QueryDict(self.came_from)
        conditions: CustomerConditions = CustomerFilters(query, actor=self.actor).conditions
        if conditions.deleted:
            return "", ""
        sort = query.get("sort", "")
        order, unknown_last = order_by(sort if sort.removeprefix("-") in ORDERS else SORTS[0])
        found = neighbours(
            actor=self.actor,
            customer=self.customer,
            conditions=conditions,
            order=order,
            unknown_last=unknown_last,
        )
        before, after = (
            f"{reverse('customer:page', args=[key])}?{urlencode({'list': self.came_from})}"
            if key
            else ""
            for key in found
        )
        return before, after


class CustomerPage(OfCustomer):
    """
    The whole page with one of its tabs open; htmx gets the tab alone, or the older part of the
    timeline.
    """

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            self.customer  # noqa: B018  raises NotFound
        except NotFound:
            key = self.kwargs["customer_id"]
            if kept := survivors_of(actor=self.actor, keys=[key]).get(key):
                return redirect(reverse("customer:page", args=[kept]))
            return self._deleted()
        if not is_fragment(request):
            return self.show(self.whole())
        self.fragment = (
            "customer/older.html"
            if getattr(request, "htmx").target == "older"  # noqa: B009
            else "customer/tab.html"
        )
        return self.show(self.part())

    def _deleted(self) -> HttpResponse:
        """
        For those who may bring the customer back; to all others there is none. Raises NotFound.
        """
        if not (
            self.actor.may(Permission.VIEW_DELETED) and self.actor.may(Permission.DELETE_CUSTOMERS)
        ):
            raise NotFound("Customer", self.kwargs["customer_id"])
        row = (
            customers(actor=self.actor, conditions=CustomerConditions(deleted=True))
            .filter(pk=self.kwargs["customer_id"])
            .first()
        )
        if row is None:
            raise NotFound("Customer", self.kwargs["customer_id"])
        self.template = "customer/deleted.html"
        return self.show(
            {
                "customer": row,
                "restore": reverse("customers:restore", args=[row.pk]),
                "list": reverse("customers:list"),
            }
        )


class Fields(OfCustomer, FormPage):
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
    def form_class(self) -> type[ServiceForm]:  # type: ignore[override]
        """Raises NotFound."""
        form = self.chosen.single(self.field) if self.field else self.chosen.form
        if form is None:
            raise NotFound("Field", self.field)
        return form

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if "shown" in request.GET and is_fragment(request):
            self.fragment = "customer/group.html"
            return self.show({"group": self.group(self.chosen)})
        return super().get(request, **kwargs)

    def row(self) -> Customer:
        self.__dict__.pop("customer", None)
        return self.customer

    def write(self, values: dict[str, Any]) -> str:
        if values:
            self.chosen.write(
                actor=self.actor,
                customer_id=self.kwargs["customer_id"],
                values=values,
                if_version=self.version,
            )
        return self.address(self.tab)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        here = self.here("customer:fields", self.chosen.name, field=self.field)
        if self.field:
            self.fragment = "customer/field_form.html"  # type: ignore[misc]
        first = next(iter(form.visible_fields()), None)
        if first is not None and not form.errors:
            first.field.widget.attrs["autofocus"] = True
            if self.field:
                first.field.widget.attrs["data-sends"] = ""
        return {
            "group": self.chosen,
            "field": self.field,
            "customer": self.customer,
            "action": here,
            "cancel": self.here("customer:fields", self.chosen.name, shown="1"),
            "back": self.address(self.tab),
        }


class Compose(OfCustomer, FormPage):
    """
    Writes what the composer holds; htmx gets the customer's page as it then is, and what is refused
    stands in the composer, as it was typed. Without JavaScript that is a page of its own.
    """

    permission = Permission.LOG
    template = "customer/compose.html"
    fragment = "customer/composer.html"
    form_class = ComposerForm

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


class Tags(OfCustomer):
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


class Pin(OfCustomer):
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
            _("Pinned again.") if value else _("This follows from what happens again."),
            undo=undo,
        )

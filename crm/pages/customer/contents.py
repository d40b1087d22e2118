"""All that stands on the customer's page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.health import health
from analytics.insights import Insight, insights
from appointments.choices import UPCOMING, AppointmentStatus
from appointments.filters import AppointmentConditions
from appointments.pages.wording import starts
from appointments.selectors import appointments
from appointments.slots import zone_of
from core.clock import now
from core.tenancy.policy import Permission
from core.ui.charts import Point, SparkLine
from core.ui.formatting import money
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment
from core.ui.toasts import toast
from crm.pages.customer.actions import actions_of
from crm.pages.customer.advice import AdviceFacts, Step, advice, next_step, shares
from crm.pages.customer.came_from import list_address, neighbour_addresses
from crm.pages.customer.composer import composer_form
from crm.pages.customer.fields import GROUPS, NAME, Group
from crm.pages.customer.open_tab import OpenTab
from customers.choices import HealthBand, Status
from customers.filters import DuplicateConditions
from customers.pages.duplicates import PairRow, pair_row
from customers.pages.links import with_list
from customers.selectors.customers import tags_of
from customers.selectors.duplicates import duplicates
from customers.selectors.merges import can_be_undone, merges_of
from customers.selectors.value import collected, project_value_by_month
from customers.services.values import PINNED
from interactions.filters import FollowUpConditions
from interactions.models import FollowUp
from interactions.selectors import DUE_FIRST, follow_ups

UPCOMING_SHOWN = 3
SPARK_MONTHS = 12
LOOK_ALIKES_SHOWN = 3
ACTIONS_SHOWN = 3
"""The others are in the menu."""


class CustomerContents(OpenTab):
    """What is done on the customer's page: htmx gets the page as it then is, in place."""

    template = "customer/customer.html"
    keeps_draft: ClassVar[bool] = True
    """What stands in the composer, unsaved, stays there."""

    def go(self, address: str, said: str = "", *, undo: str = "") -> HttpResponse:
        if not is_fragment(self.request):
            return super().go(address, said, undo=undo)
        if said:
            toast(self.request, said, undo=undo or self.undo_address())
        for read in ("customer", "consents", "unreachable"):
            self.__dict__.pop(read, None)
        context = {**self.whole(), "view": self, "keeps_draft": self.keeps_draft}
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
        return {
            "customer": row,
            "unreachable": self.unreachable,
            "currency": self.actor.organization.currency,
            **self._coming(),
            **self._ways(),
            "look_alikes": self._look_alikes(),
            "collected": collected(actor=self.actor, customer_id=row.pk),
            "average": row.lifetime_value / row.project_count if row.project_count else None,
            "spark": self._spark(self.actor.organization.currency),
            "status": Status(row.status),
            "tags": tags_of([row.pk])[row.pk],
            "consents": self.consents.values(),
            "groups": [self.group(group) for group in GROUPS.values()],
            "may": self._may(),
            **(self.composer() if self.actor.may(Permission.LOG) else {}),
            "merges": [
                (each, can_be_undone(each) and self.actor.may(Permission.MERGE))
                for each in merges_of(actor=self.actor, customer_id=row.pk)
            ],
            **self.part(),
        }

    def _coming(self) -> dict[str, Any]:
        """The next appointments, and what is advised with them in view."""
        row = self.customer
        found = insights(customer=vars(row))
        mine = appointments(actor=self.actor, conditions=AppointmentConditions(customer_id=row.pk))
        upcoming = list(
            mine.filter(status__in=UPCOMING, start_at__gt=now())
            .select_related("service", "outlet", "staff")
            .order_by("start_at")[:UPCOMING_SHOWN]
        )
        follow_up = self._next_follow_up()
        step = next_step(AdviceFacts(self.actor, row, found, upcoming, follow_up))
        return {
            "insights": found,
            "band": HealthBand.of(found.health_score),
            "shares": shares(health(vars(row), now()), self.actor.organization.currency),
            "step": step,
            "more_advice": [
                *self._besides(step, found.recommendations),
                *self._besides(step, found.opportunities),
            ],
            "upcoming": [
                (
                    each,
                    starts(each.start_at, zone_of(actor=self.actor, outlet=each.outlet)),
                    AppointmentStatus(each.status),
                    reverse("appointments:appointment", args=[each.pk]),
                )
                for each in upcoming
            ],
        }

    def _ways(self) -> dict[str, Any]:
        """Where one goes from here: what may be done, and the neighbours in the list."""
        row = self.customer
        actions = actions_of(self.actor, row, self.came_from)
        before, after = neighbour_addresses(self.actor, row, self.came_from)
        consents = with_list(reverse("customers:consents", args=[row.pk]), self.came_from)
        may_edit = self.actor.may(Permission.EDIT_PREFERENCES)
        return {
            "unpin_status": self.here("customer:pin", "status"),
            "name_url": self.here("customer:fields", "contact", field=NAME),
            "tags_edit": self.here("customer:fields", "standing", field="tags"),
            "tag_url": self.here("customer:tags"),
            "consents_url": consents if may_edit else self.here("customer:consents"),
            "actions": actions[:ACTIONS_SHOWN],
            "more_actions": actions[ACTIONS_SHOWN:],
            "book": next(
                (each["url"] for each in actions if each["page"] == "appointments:book"), ""
            ),
            "links": {
                name: with_list(reverse(f"customers:{name}", args=[row.pk]), self.came_from)
                for name in ("edit", "block", "delete")
            }
            | {"list": list_address(self.came_from)},
            "before": before,
            "after": after,
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

    def group(self, group: Group) -> dict[str, Any]:
        """A group of fields as it is shown."""
        row, may_edit = self.customer, self.actor.may(group.permission)
        facts = [
            replace(fact, unpin=self.here("customer:pin", fact.name))
            if may_edit and fact.name in PINNED and getattr(row, PINNED[fact.name])
            else fact
            for fact in group.facts(row, self.actor, self.consents, self.unreachable)
        ]
        return {
            "name": group.name,
            "title": group.title,
            "facts": [fact for fact in facts if fact.is_shown],
            "unknown": [fact for fact in facts if not fact.is_shown],
            "edit": self.here("customer:fields", group.name) if may_edit else "",
        }

    def _besides(self, step: Step | None, insights: Sequence[Insight]) -> list[tuple[str, str]]:
        """The advice that the step doesn't take up; none where nothing is to be done."""
        left = [each for each in insights if step is not None and each != step.insight]
        return advice(left, self.customer)

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

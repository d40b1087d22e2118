"""The queue of customers who may be one, and who looks alike while somebody types."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy.policy import Permission
from core.ui.lists import Column, ListState
from core.ui.views import Page
from customers.choices import DuplicateEvidence, DuplicateStatus
from customers.filters import DuplicateConditions
from customers.likeness import LIKELY_FROM
from customers.models import Customer, DuplicatePair
from customers.pages.links import of_customer
from customers.selectors.duplicates import duplicates, look_alikes_of_typed
from customers.services.duplicates import refuse_duplicate, reopen_duplicate

COLUMNS = (
    Column(gettext_lazy("Confidence")),
    Column(gettext_lazy("Customer")),
    Column(gettext_lazy("Perhaps the same")),
    Column(""),
)

LONGEST = 300
"""More of what was typed isn't looked at."""


def merge_address(customer_id: Any, other_id: Any) -> str:
    """Where two customers become one."""
    return f"{reverse('customers:merge', args=[customer_id])}?with={other_id}"


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence in words."""

    label: Any
    tone: str
    icon: str


def reasons(evidence: Sequence[dict[str, Any]]) -> list[Reason]:
    found = [DuplicateEvidence(each["code"]) for each in evidence]
    return [Reason(each.label, each.tone, each.icon) for each in found]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, and what of it the other has too."""

    customer: Customer
    shared: frozenset[str]

    @property
    def url(self) -> str:
        return of_customer(self.customer.pk)


_SHOWN_BY = {
    "name": {
        *(DuplicateEvidence.SAME_NAME, DuplicateEvidence.NICKNAME, DuplicateEvidence.INITIAL),
        *(DuplicateEvidence.SWAPPED_NAME, DuplicateEvidence.SIMILAR_NAME),
    },
    "email": {DuplicateEvidence.SAME_EMAIL},
    "phone": {DuplicateEvidence.SAME_PHONE},
    "born": {DuplicateEvidence.SAME_BIRTHDAY},
    "address": {DuplicateEvidence.SAME_ADDRESS},
    "postal_code": {DuplicateEvidence.SAME_ADDRESS, DuplicateEvidence.SAME_POSTAL_CODE},
    "company": {DuplicateEvidence.SAME_COMPANY},
}


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as the queue shows it."""

    pair: DuplicatePair
    sides: tuple[Side, Side]
    reasons: list[Reason]
    merge: str

    @property
    def is_likely(self) -> bool:
        return self.pair.score >= LIKELY_FROM


def pair_row(pair: DuplicatePair, *, of: UUID | None = None) -> PairRow:
    """The one `of` whose page it stands on comes first."""
    codes = {each["code"] for each in pair.evidence}
    shared = frozenset(name for name, some in _SHOWN_BY.items() if some & codes)
    one, other = Side(pair.customer, shared), Side(pair.other, shared)
    sides = (other, one) if of == pair.other_id else (one, other)
    merge = merge_address(*(side.customer.pk for side in sides))
    return PairRow(pair, sides, reasons(pair.evidence), merge)


class Duplicates(Page):
    """The surest first; with `refused` in the address those that aren't the same."""

    permission: ClassVar[Permission | None] = Permission.MERGE
    template = fragment = "customers/duplicates.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        refused = "refused" in request.GET
        status = DuplicateStatus.REFUSED if refused else DuplicateStatus.OPEN
        state = ListState(request, size=25)
        rows = duplicates(actor=self.actor, conditions=DuplicateConditions(status=status))
        page = state.page_of(rows, order=["-score", "id"], columns=["id"])
        keys = [row["id"] for row in page.rows]
        conditions = DuplicateConditions(ids=keys, status=status)
        pairs = duplicates(actor=self.actor, conditions=conditions)
        known = {pair.pk: pair for pair in pairs.select_related("customer", "other")}
        found = [pair_row(known[key]) for key in keys if key in known]
        return self.show(
            {"page": page, "state": state, "columns": COLUMNS, "rows": found, "refused": refused}
        )


class RefuseDuplicate(Page):
    permission: ClassVar[Permission | None] = Permission.MERGE

    def post(self, request: HttpRequest, pair_id: UUID) -> HttpResponse:
        refuse_duplicate(actor=self.actor, pair_id=pair_id)
        undo = reverse("customers:duplicate-reopen", args=[pair_id])
        return self.go(reverse("customers:duplicates"), _("They are not the same."), undo=undo)


class ReopenDuplicate(Page):
    permission: ClassVar[Permission | None] = Permission.MERGE

    def post(self, request: HttpRequest, pair_id: UUID) -> HttpResponse:
        reopen_duplicate(actor=self.actor, pair_id=pair_id)
        undo = reverse("customers:duplicate-refuse", args=[pair_id])
        said = _("They are among the duplicates again.")
        return self.go(reverse("customers:duplicates"), said, undo=undo)


class LookAlikes(Page):
    """Who looks like what has been typed so far: `name` (or its parts), `phone` and `email`."""

    permission: ClassVar[Permission | None] = Permission.CREATE_CUSTOMERS
    template = fragment = "customers/look_alikes.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {name: str(value)[:LONGEST] for name, value in request.GET.items()}
        parts = [asked.get("first_name", ""), asked.get("last_name", "")]
        name = asked.get("name") or " ".join(parts).strip() or asked.get("company_name", "")
        found = look_alikes_of_typed(
            actor=self.actor, name=name, phone=asked.get("phone", ""), email=asked.get("email", "")
        )
        shown = [
            {"row": each, "url": of_customer(each.customer.pk), "reasons": reasons(each.evidence)}
            for each in found
        ]
        return self.show({"found": shown})

"""
Which customers, projects and transactions: the conditions of their lists, exports and bulk work,
and the parameters that are read into them.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from core.filters import (
    AmountFilter,
    BooleanFilter,
    CharFilter,
    ChoiceFilter,
    CommaSeparatedFilter,
    Conditions,
    ConditionsFilterSet,
    OpenChoiceFilter,
    SinceFilter,
    UUIDFilter,
)
from core.imports.models import FileImportRow
from core.imports.reports import WRITTEN
from core.tenancy.policy import Permission
from core.text import fold
from customers.choices import (
    ConsentChannel,
    ConsentPurpose,
    DuplicateStatus,
    PrivacyRequestKind,
    PrivacyRequestStatus,
    ProjectStatus,
    ProjectType,
    Segment,
    Status,
    TransactionStatus,
)
from customers.expired import may_get_marketing
from customers.models import (
    ConsentWording,
    Customer,
    CustomerTag,
    DuplicatePair,
    Merge,
    PrivacyRequest,
    Project,
    Tag,
    Transaction,
)
from customers.parts import customer_parts
from customers.search import matching


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerConditions(Conditions):
    """
    `city` is compared without case and accents; `tags` means any of them; `since_from` and
    `since_before` when they became customers; `marketing` who may get it (false: who may not);
    `import_id` whom an import created or changed; `visited_…` who came in that span and
    `first_visit_…` who then came for the first time, at `visited_outlet` if that is set;
    `min_visits` and `max_visits` how often they came in that span, and `latest_visit_…` when last;
    `last_visit_…` who haven't come since; `deleted` chooses the deleted instead of the living.
    """

    search: str | None = None
    status: Sequence[str] | None = None
    segment: Sequence[str] | None = None
    engagement: Sequence[str] | None = None
    tags: Sequence[str] | None = None
    assigned_to: UUID | None = None
    min_lifetime_value: Decimal | None = None
    postal_code: str | None = None
    city: str | None = None
    is_referral_partner: bool | None = None
    is_business: bool | None = None
    is_blocked: bool | None = None
    is_at_risk: bool | None = None
    has_password: bool | None = None
    email_verified: bool | None = None
    has_transactions: bool | None = None
    external_id: str | None = None
    created_from: dt.datetime | None = None
    created_before: dt.datetime | None = None
    since_from: dt.datetime | None = None
    since_before: dt.datetime | None = None
    updated_since: dt.datetime | None = None
    source: str | None = None
    has_source: bool | None = None
    min_health: int | None = None
    max_health: int | None = None
    marketing: bool | None = None
    import_id: UUID | None = None
    visited_from: dt.datetime | None = None
    visited_before: dt.datetime | None = None
    first_visit_from: dt.datetime | None = None
    first_visit_before: dt.datetime | None = None
    visited_outlet: UUID | None = None
    min_visits: int | None = None
    max_visits: int | None = None
    latest_visit_from: dt.datetime | None = None
    latest_visit_before: dt.datetime | None = None
    last_visit_from: dt.datetime | None = None
    last_visit_before: dt.datetime | None = None
    deleted: bool = False

    def left_out(self) -> Self | None:
        """Of a list for marketing, those who haven't agreed to it."""
        return replace(self, marketing=False) if self.marketing else None

    @property
    def permission(self) -> str | None:
        return Permission.VIEW_DELETED if self.deleted else None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = Q(deleted_at__isnull=not self.deleted)
        if self.deleted:
            chosen &= Q(merged_into=None)
        if any(getattr(self, name) is not None for name in _OF_VISITS):
            chosen &= _visited(self)
        for name, value in self.as_dict().items():
            if name in _COMPARED:
                chosen &= Q(**{_COMPARED[name]: value})
            elif name in _WORDED:
                chosen &= _WORDED[name](value)
            elif name not in ("deleted", *_OF_VISITS):
                chosen &= Q(**{name: value})
        return rows.filter(chosen)


_COMPARED = {
    "ids": "pk__in",
    "status": "status__in",
    "segment": "segment__in",
    "engagement": "engagement__in",
    "assigned_to": "assigned_to_id",
    "min_lifetime_value": "lifetime_value__gte",
    "created_from": "created_at__gte",
    "created_before": "created_at__lt",
    "since_from": "customer_since__gte",
    "since_before": "customer_since__lt",
    "last_visit_from": "last_visit_at__gte",
    "last_visit_before": "last_visit_at__lt",
    "updated_since": "updated_at__gte",
    "min_health": "health_score__gte",
    "max_health": "health_score__lte",
}
"""Condition → what it compares; those that stand nowhere here are columns of that very name."""

_WORDED: dict[str, Callable[[Any], Q]] = {
    "has_password": lambda wanted: ~Q(password="") if wanted else Q(password=""),
    "has_source": lambda wanted: ~Q(source="") if wanted else Q(source=""),
    "has_transactions": lambda wanted: (
        Q(transaction_count__gt=0) if wanted else Q(transaction_count=0)
    ),
    "city": lambda name: Q(city_key=fold(name)[:150]),
    "tags": lambda names: Q(
        pk__in=CustomerTag.objects.unscoped().filter(tag__name__in=names).values("customer_id")
    ),
    "import_id": lambda key: Q(
        pk__in=FileImportRow.objects.unscoped()
        .filter(file_import=key, outcome__in=WRITTEN)
        .values("row_id")
    ),
    "search": matching,
    "marketing": lambda wanted: may_get_marketing() if wanted else ~may_get_marketing(),
}


_COUNTED = {
    "min_visits": "visits__gte",
    "max_visits": "visits__lte",
    "latest_visit_from": "latest__gte",
    "latest_visit_before": "latest__lt",
}
"""Condition → what it asks of all the visits of a span together."""

_OF_VISITS = (
    *("visited_from", "visited_before", "first_visit_from", "first_visit_before"),
    "visited_outlet",
    *_COUNTED,
)


def _visited(asked: CustomerConditions) -> Q:
    """That they came in the span that is asked for; for the first time: and never before it."""
    chosen = Q()
    if asked.first_visit_from or asked.first_visit_before:
        chosen &= _came(asked, asked.first_visit_from, asked.first_visit_before)
    if asked.first_visit_from:
        chosen &= ~_came(asked, None, asked.first_visit_from)
    counted = {
        lookup: value
        for name, lookup in _COUNTED.items()
        if (value := getattr(asked, name)) is not None
    }
    if asked.visited_from or asked.visited_before or counted or not chosen:
        chosen &= _came(asked, asked.visited_from, asked.visited_before, **counted)
    return chosen


def _came(
    asked: CustomerConditions,
    since: dt.datetime | None,
    before: dt.datetime | None,
    **counted: Any,
) -> Q:
    """That one of the visits of which the apps know lies there, and all there are as `counted`."""
    within = {
        "start_at__gte": since,
        "start_at__lt": before,
        "outlet_id": asked.visited_outlet,
        **{name: OuterRef(name) for name in ("organization_id", "environment")},
    }
    given = {lookup: value for lookup, value in within.items() if value is not None}
    known = [
        rows.filter(customer_id=OuterRef("pk"), **given)
        for part in customer_parts()
        if (rows := part.visits()) is not None
    ]
    if counted:
        known = [
            rows.order_by()
            .values("customer_id")
            .annotate(visits=Count("*"), latest=Max("start_at"))
            .filter(**counted)
            for rows in known
        ]
    return Q(*map(Exists, known), _connector=Q.OR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectConditions(Conditions):
    """`search` finds a project by its customer, `owner` by whom that customer is assigned to."""

    customer_id: UUID | None = None
    status: str | None = None
    project_type: str | None = None
    search: str | None = None
    owner: UUID | None = None
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    starts_from: dt.datetime | None = None
    starts_before: dt.datetime | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.search is not None:
            rows = rows.filter(matching(self.search, of="customer__"), customer__deleted_at=None)
        given = self.as_dict()
        within = {lookup: given[name] for name, lookup in _OF_PROJECTS.items() if name in given}
        rest = replace(self, search=None, **dict.fromkeys(_OF_PROJECTS))
        return Conditions.apply(rest, rows.filter(**within))


_OF_PROJECTS = {
    "owner": "customer__assigned_to_id",
    "min_amount": "total_amount__gte",
    "max_amount": "total_amount__lte",
    "starts_from": "start_date__gte",
    "starts_before": "start_date__lt",
}
"""Condition → what it compares; the others are columns of that very name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionConditions(Conditions):
    customer_id: UUID | None = None
    project_id: UUID | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagConditions(Conditions):
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequestConditions(Conditions):
    customer_id: UUID | None = None
    kind: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingConditions(Conditions):
    purpose: str | None = None
    channel: str | None = None
    language: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeConditions(Conditions):
    customer_id: UUID | None = None
    undone: bool | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        rows = Conditions.apply(replace(self, undone=None), rows)
        return rows if self.undone is None else rows.filter(undone_at__isnull=not self.undone)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateConditions(Conditions):
    """`customer_id` is either of the two; without a `status` those that wait for a person."""

    customer_id: UUID | None = None
    min_score: Decimal | None = None
    status: str | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = Q(status=self.status or DuplicateStatus.OPEN)
        if self.customer_id is not None:
            chosen &= Q(customer=self.customer_id) | Q(other=self.customer_id)
        if self.min_score is not None:
            chosen &= Q(score__gte=self.min_score)
        if self.ids is not None:
            chosen &= Q(pk__in=self.ids)
        return rows.filter(chosen)


class CustomerIdFilter(UUIDFilter):
    """
    The customer that rows belong to, by our id; doors whose clients know another system's put ours
    in its place.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": Customer.ID_PREFIX} | kwargs)


SEARCHED = 200
"""The longest search, in characters."""


class CustomerFilterSet(ConditionsFilterSet[CustomerConditions]):
    search = CharFilter(max_length=SEARCHED)
    status = CommaSeparatedFilter(choices=Status)
    segment = CommaSeparatedFilter(choices=Segment)
    assigned_to = UUIDFilter()
    min_lifetime_value = AmountFilter()
    zip_code = CharFilter("postal_code", max_length=20)
    city = CharFilter(max_length=150)
    is_referral_partner = BooleanFilter()
    tags = CommaSeparatedFilter()
    updated_since = SinceFilter()
    external_id = CharFilter(max_length=150)
    marketing = BooleanFilter()
    deleted = BooleanFilter()

    class Meta:
        model = Customer
        conditions = CustomerConditions


class ProjectFilterSet(ConditionsFilterSet[ProjectConditions]):
    customer_id = CustomerIdFilter()
    status = ChoiceFilter(choices=ProjectStatus)
    project_type = OpenChoiceFilter(choices=ProjectType)

    class Meta:
        model = Project
        conditions = ProjectConditions


class TransactionFilterSet(ConditionsFilterSet[TransactionConditions]):
    customer_id = CustomerIdFilter()
    project_id = UUIDFilter()
    status = ChoiceFilter(choices=TransactionStatus)

    class Meta:
        model = Transaction
        conditions = TransactionConditions


class TagFilterSet(ConditionsFilterSet[TagConditions]):
    name = CharFilter()

    class Meta:
        model = Tag
        conditions = TagConditions


class PrivacyRequestFilterSet(ConditionsFilterSet[PrivacyRequestConditions]):
    customer_id = CustomerIdFilter()
    kind = ChoiceFilter(choices=PrivacyRequestKind)
    status = ChoiceFilter(choices=PrivacyRequestStatus)

    class Meta:
        model = PrivacyRequest
        conditions = PrivacyRequestConditions


class WordingFilterSet(ConditionsFilterSet[WordingConditions]):
    purpose = ChoiceFilter(choices=ConsentPurpose)
    channel = ChoiceFilter(choices=ConsentChannel)
    language = CharFilter(max_length=10)
    is_active = BooleanFilter()

    class Meta:
        model = ConsentWording
        conditions = WordingConditions


class MergeFilterSet(ConditionsFilterSet[MergeConditions]):
    survivor = CustomerIdFilter(field_name="customer_id")
    undone = BooleanFilter()

    class Meta:
        model = Merge
        conditions = MergeConditions


class DuplicateFilterSet(ConditionsFilterSet[DuplicateConditions]):
    customer_id = CustomerIdFilter()
    min_score = AmountFilter()
    status = ChoiceFilter(choices=DuplicateStatus)

    class Meta:
        model = DuplicatePair
        conditions = DuplicateConditions

"""What this app holds of a customer."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Case, CharField, Count, F, Max, Q, QuerySet, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from core.audit.models import AuditEntry
from core.exports.column_types import TEXT
from core.exports.tables import ExportColumn
from customers.archives import ArchiveTable, act_in_words, archive_table, changes_in_words
from customers.choices import (
    PrivacyRequestStatus,
    ProjectStatus,
    ProjectType,
    TransactionStatus,
)
from customers.models import (
    Consent,
    Customer,
    CustomerTag,
    DuplicatePair,
    Identity,
    LoyaltyEntry,
    MatchKey,
    Merge,
    PortalLink,
    PortalSession,
    PrivacyRequest,
    Project,
    Tag,
    Transaction,
    UndoDetail,
)
from customers.parts import CustomerPart, Facts, Moved, give


def _itself(person: Sequence[Customer]) -> "QuerySet[Customer]":
    return Customer.objects.unscoped().filter(pk=person[0].pk)


def _merged(person: Sequence[Customer]) -> "QuerySet[Customer]":
    return Customer.objects.unscoped().filter(pk__in=[row.pk for row in person[1:]])


def _audit(person: Sequence[Customer]) -> "QuerySet[AuditEntry]":
    """What was done to the customer, and by the customer."""
    keys = [row.pk for row in person]
    return AuditEntry.objects.unscoped().filter(Q(customer_id__in=keys) | Q(actor_id__in=keys))


def _pairs(person: Sequence[Customer]) -> "QuerySet[DuplicatePair]":
    rows = DuplicatePair.objects.unscoped()
    return rows.filter(Q(customer__in=person) | Q(other__in=person))


_OWN_ADDRESS = Case(
    When(actor_kind="customer", then=F("address")), default=Value(""), output_field=CharField()
)
"""From where the customer acted; where the staff were is the staff's."""


def _people(
    name: str, label: Any, rows: "Callable[[Sequence[Customer]], QuerySet[Customer]]"
) -> ArchiveTable:
    return archive_table(
        Customer,
        name,
        label,
        rows=rows,
        paths={
            "assigned_to": "assigned_to__first_name",
            "preferred_agent": "preferred_agent__first_name",
            "preferred_outlet": "preferred_outlet__name",
        },
        # a secret, and copies of the names and addresses in other letters
        leaving_out=(
            *("password", "search_text"),
            *("first_key", "last_key", "company_key", "city_key", "email_key"),
        ),
    )


class CustomersPart(CustomerPart):
    deleted = (
        CustomerTag,
        Consent,
        LoyaltyEntry,
        Identity,
        PrivacyRequest,
        PortalSession,
        PortalLink,
        Merge,
        MatchKey,
        DuplicatePair,
        UndoDetail,
    )
    stays = (
        CustomerTag,
        Identity,
        PortalSession,
        PortalLink,
        Merge,
        MatchKey,
        DuplicatePair,
        UndoDetail,
    )
    # the kind of work may be a word of a person's own
    anonymized = {
        Project: {"name": "", "notes": "", "project_type": ProjectType.OTHER},
        Transaction: {"description": ""},
    }

    archived = (
        _people("customer", _("Person"), _itself),
        archive_table(Identity, "identities", _("Addresses")),
        archive_table(CustomerTag, "tags", _("Tags"), paths={"tag": "tag__name"}),
        # who of the staff wrote it down is the staff's
        archive_table(
            Consent,
            "consents",
            _("Consents"),
            paths={"shown": "shown__number"},
            leaving_out=["recorded_by"],
            order=("at", "pk"),
        ),
        archive_table(LoyaltyEntry, "loyalty", _("Loyalty points"), order=("at", "pk")),
        archive_table(Project, "projects", _("Projects"), order=("created_at", "pk")),
        archive_table(Transaction, "transactions", _("Payments"), order=("created_at", "pk")),
        archive_table(
            PrivacyRequest,
            "privacy_requests",
            _("Privacy requests"),
            leaving_out=["opened_by", "closed_by"],
            order=("received_at", "pk"),
        ),
        archive_table(
            PortalSession,
            "portal_sessions",
            _("Signed in to the portal"),
            leaving_out=["digest"],
            order=("created_at", "pk"),
        ),
        archive_table(
            PortalLink,
            "portal_links",
            _("Portal links sent"),
            leaving_out=["digest", "code_digest"],
            order=("created_at", "pk"),
        ),
        _people("merged_customers", _("Known twice"), _merged),
        archive_table(
            Merge,
            "merges",
            _("Merged with"),
            leaving_out=["merged_by", "undone_by", "change_set_id", "values"],
        ),
        archive_table(MatchKey, "match_keys", _("Compared by")),
        archive_table(
            UndoDetail,
            "undo_details",
            _("Kept to be taken back"),
            leaving_out=["change_set_id"],
        ),
        # who the other is, is the other's
        archive_table(
            DuplicatePair,
            "duplicates",
            _("Taken for the same as somebody"),
            rows=_pairs,
            leaving_out=["other", "decided_by"],
        ),
        archive_table(
            AuditEntry,
            "audit",
            _("What was done"),
            rows=_audit,
            leaving_out=(
                *("customer_id", "actor_id", "actor_label", "address", "request_id", "mark"),
            ),
            computed={"own_address": ExportColumn(_OWN_ADDRESS, TEXT, _("Internet address"))},
            words={"action": act_in_words, "changes": changes_in_words},
        ),
    )

    facts = (
        Facts(
            "projects",
            lambda: Project.objects.unscoped().exclude(status=ProjectStatus.CANCELLED),
            {
                "lifetime_value": Sum("total_amount"),
                "project_count": Count("*"),
                "started_at": Max("start_date"),
                "finished_at": Max("completed_at"),
            },
            activity=("started_at", "finished_at"),
        ),
        Facts(
            "transactions",
            lambda: Transaction.objects.unscoped().filter(
                status__in=[TransactionStatus.COMPLETED, TransactionStatus.REFUNDED]
            ),
            {
                "transaction_count": Count("*"),
                "paid_at": Max("created_at", filter=Q(status=TransactionStatus.COMPLETED)),
            },
            activity=("paid_at",),
        ),
        Facts(
            "referrals",
            lambda: Customer.objects.unscoped().filter(deleted_at=None),
            {"referral_count": Count("*"), "referral_value": Sum("lifetime_value")},
            customer="referred_by_id",
        ),
        Facts("loyalty", LoyaltyEntry.objects.unscoped, {"loyalty_points": Sum("points")}),
    )

    def move_rows(self, source: Customer, target: Customer) -> dict[str, list[str]]:
        """Who asked for the same as two customers has asked twice: both are to be answered."""
        asked = PrivacyRequest.objects.unscoped().filter(status=PrivacyRequestStatus.OPEN)
        kinds = asked.filter(customer=target).values("kind")
        asked.filter(customer=source, kind__in=kinds).update(is_second=True)
        return super().move_rows(source, target)

    def move_back(self, moved: Moved, source: Customer, target: Customer) -> None:
        """
        Points that were earned since go with the appointment that earned them, payments with the
        project that they are for.
        """
        super().move_back(moved, source, target)
        for customer in (source, target):
            self._count_requests(customer)
        for whose, other in ((source, target), (target, source)):
            paid = Transaction.objects.unscoped().filter(customer=whose, project__customer=other)
            give(Transaction, list(paid.values_list("pk", flat=True)), whose, other)
        gone = {key for keys in moved.values() for key in keys}
        rows = LoyaltyEntry.objects.unscoped().filter(customer=source, source_id__isnull=False)
        earned = rows.values_list("pk", "source_id")
        give(LoyaltyEntry, [key for key, by in earned if str(by) in gone], source, target)

    def _count_requests(self, customer: Customer) -> None:
        """Of several that are open the earliest isn't the second, where none is the first."""
        asked = PrivacyRequest.objects.unscoped().filter(status=PrivacyRequestStatus.OPEN)
        rows = asked.filter(customer=customer)
        kinds = set(rows.filter(is_second=False).values_list("kind", flat=True))
        for row in rows.filter(is_second=True).order_by("due_at", "pk"):
            if row.kind not in kinds:
                asked.filter(pk=row.pk).update(is_second=False)
            kinds.add(row.kind)

    def erase(self, customer: Customer) -> dict[str, int]:
        """Tags that nobody else carries go too: they are free text, and may name the person."""
        links = CustomerTag.objects.unscoped()
        carried = list(links.filter(customer=customer).values_list("tag_id", flat=True))
        # locked first: whoever is giving one to somebody else is waited for
        tags = Tag.objects.unscoped().filter(pk__in=carried).order_by("pk").select_for_update()
        keys = [tag.pk for tag in tags]
        other = DuplicatePair.objects.unscoped().filter(other=customer).delete()[0]
        counts = super().erase(customer)
        counts["duplicatepair"] += other
        unused = Tag.objects.unscoped().filter(pk__in=keys)
        deleted = unused.exclude(pk__in=links.filter(tag__in=keys).values("tag_id")).delete()[1]
        return counts | {"tag": deleted.get(Tag._meta.label, 0)}

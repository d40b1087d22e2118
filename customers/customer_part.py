"""What this app holds of a customer."""

from django.db.models import Count, Max, Q, Sum

from customers.choices import ProjectStatus, ProjectType, TransactionStatus
from customers.models import (
    Consent,
    Customer,
    CustomerTag,
    Identity,
    LoyaltyEntry,
    Project,
    Tag,
    Transaction,
)
from customers.parts import CustomerPart, Facts


class CustomersPart(CustomerPart):
    deleted = (CustomerTag, Consent, LoyaltyEntry, Identity)
    # the kind of work may be a word of a person's own
    anonymized = {
        Project: {"name": "", "notes": "", "project_type": ProjectType.OTHER},
        Transaction: {"description": ""},
    }

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

    def erase(self, customer: Customer) -> dict[str, int]:
        """Tags that nobody else carries go too: they are free text, and may name the person."""
        links = CustomerTag.objects.unscoped()
        carried = list(links.filter(customer=customer).values_list("tag_id", flat=True))
        # locked first: whoever is giving one to somebody else is waited for
        tags = Tag.objects.unscoped().filter(pk__in=carried).order_by("pk").select_for_update()
        keys = [tag.pk for tag in tags]
        counts = super().erase(customer)
        unused = Tag.objects.unscoped().filter(pk__in=keys)
        deleted = unused.exclude(pk__in=links.filter(tag__in=keys).values("tag_id")).delete()[1]
        return counts | {"tag": deleted.get(Tag._meta.label, 0)}

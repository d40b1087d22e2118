"""
What a customer pays for: projects and transactions. Their rows outlive an erased customer,
anonymous.
"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import (
    CurrencyAmountField,
    CurrencyValidator,
    OpenChoiceField,
    amount,
    own_values,
    refuse_future,
    row_version,
)
from core.tenancy.scoping import SameTenant, TenantModel
from customers.choices import ProjectStatus, ProjectType, TransactionStatus


class Project(TenantModel):
    """A job done for a customer."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    name = models.CharField(_("Name"), max_length=150, blank=True)
    project_type = OpenChoiceField(_("Kind of work"), words=ProjectType, default=ProjectType.OTHER)
    status = models.CharField(
        _("Status"), max_length=12, choices=ProjectStatus, default=ProjectStatus.PLANNED
    )
    total_amount = amount(verbose_name=_("Amount"), default=0)
    start_date = models.DateTimeField(_("Starts"), null=True, blank=True)
    completed_at = models.DateTimeField(
        _("Completed on"), null=True, blank=True, validators=[refuse_future]
    )
    notes = models.TextField(_("Notes"), max_length=10_000, blank=True)
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_amount__gte=0), name="project_amount_range"),
            models.CheckConstraint(
                condition=Q(status__in=ProjectStatus.values), name="project_status_known"
            ),
            models.UniqueConstraint(
                fields=["organization", "environment", "id"], name="project_tenant"
            ),
            SameTenant(field="customer", name="project_customer_tenant"),
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at"], name="project_by_customer"),
            models.Index(
                fields=[
                    "organization",
                    "environment",
                    "created_at",
                    "id",
                    "project_type",
                    "status",
                    "total_amount",
                ],
                name="project_by_time",
            ),
            models.Index(
                fields=[
                    "organization",
                    "environment",
                    "customer",
                    "status",
                    "total_amount",
                    "start_date",
                    "completed_at",
                ],
                name="project_figures",
            ),
            own_values("project_type", ProjectType, name="project_own_types"),
        ]

    def __str__(self) -> str:
        return self.name or str(ProjectType(self.project_type).label)


class Transaction(TenantModel):
    """A payment or refund, perhaps for a project of its customer."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    project = models.ForeignKey(
        Project,
        verbose_name=_("Project"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    description = models.CharField(_("Description"), max_length=500, blank=True)
    gross_amount = CurrencyAmountField(_("Amount"), default=0, validators=[MinValueValidator(0)])
    currency_code = models.CharField(
        _("Currency"),
        max_length=3,
        validators=[CurrencyValidator()],
    )
    status = models.CharField(
        _("Status"), max_length=10, choices=TransactionStatus, default=TransactionStatus.PENDING
    )
    created_at = models.DateTimeField(_("When"), default=now, validators=[refuse_future])
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_amount__gte=0), name="transaction_amount_range"
            ),
            models.CheckConstraint(
                condition=Q(status__in=TransactionStatus.values), name="transaction_status_known"
            ),
            SameTenant(field="customer", name="transaction_customer_tenant"),
            SameTenant(field="project", name="transaction_project_tenant"),
        ]
        indexes = [
            models.Index(
                fields=["project"],
                condition=Q(project__isnull=False),
                name="transaction_of_project",
            ),
            models.Index(fields=["customer", "-created_at"], name="transaction_by_customer"),
            models.Index(
                fields=[
                    "organization",
                    "environment",
                    "created_at",
                    "id",
                    "status",
                    "currency_code",
                    "gross_amount",
                ],
                name="transaction_by_time",
            ),
            models.Index(
                fields=["organization", "environment", "customer", "status", "created_at"],
                name="transaction_figures",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gross_amount} {self.currency_code}"

"""What was logged of a customer, and what is to follow."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import OpenChoiceField, own_values, refuse_future, row_version
from core.tenancy.scoping import SameTenant, TenantModel
from interactions.choices import InteractionType, Outcome


class Interaction(TenantModel):
    """One logged contact with a customer."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    type = OpenChoiceField(_("Type"), words=InteractionType)
    occurred_at = models.DateTimeField(_("When"), default=now, validators=[refuse_future])
    notes = models.TextField(_("Notes"), max_length=10_000, blank=True)
    outcome = OpenChoiceField(_("Outcome"), words=Outcome, blank=True)
    created_by = models.ForeignKey(
        "identity.User",
        verbose_name=_("Logged by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        constraints = [
            SameTenant(field="customer", name="interaction_customer_tenant"),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-occurred_at", "-id"], name="interaction_by_customer"
            ),
            models.Index(
                fields=["organization", "environment", "occurred_at", "id"],
                name="interaction_by_time",
            ),
            models.Index(
                fields=["organization", "environment", "customer", "occurred_at"],
                name="interaction_figures",
            ),
            own_values("type", InteractionType, name="interaction_own_types"),
            own_values("outcome", Outcome, name="interaction_own_outcomes"),
        ]

    def __str__(self) -> str:
        return f"{InteractionType(self.type).label} {timezone.localtime(self.occurred_at):%Y-%m-%d}"


class FollowUp(TenantModel):
    """
    Something that somebody is to do for a customer by a day, of the organization's calendar. One
    without an owner is everybody's.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(_("What to do"), max_length=150)
    notes = models.TextField(_("Notes"), max_length=10_000, blank=True)
    due_date = models.DateField(_("Due"))
    due_time = models.TimeField(_("Time"), null=True, blank=True)
    owner = models.ForeignKey(
        "identity.User",
        verbose_name=_("For"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    done_at = models.DateTimeField(_("Done"), null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        "identity.User",
        verbose_name=_("Done by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    created_by = models.ForeignKey(
        "identity.User",
        verbose_name=_("Added by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        verbose_name = "follow-up"
        verbose_name_plural = "follow-ups"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=False) | Q(done_by__isnull=True),
                name="follow_up_done_by_nobody_before",
            ),
            SameTenant(field="customer", name="follow_up_customer_tenant"),
            SameTenant(field="owner", name="follow_up_owner_tenant", across_environments=True),
        ]
        indexes = [
            models.Index(fields=["customer", "due_date"], name="follow_up_by_customer"),
            models.Index(
                fields=["organization", "environment", "due_date", "id"], name="follow_up_by_day"
            ),
            models.Index(
                fields=["organization", "environment", "due_date", "owner"],
                condition=Q(done_at=None),
                name="follow_up_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_date:%Y-%m-%d} {self.reason}"

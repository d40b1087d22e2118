"""What proves consent and keeps erased people erased."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import refuse_future, row_version
from core.tenancy.scoping import OrganizationModel, SameTenant, TenantModel
from customers.choices import (
    ConsentChannel,
    ConsentPurpose,
    PrivacyRequestKind,
    PrivacyRequestStatus,
)


class Consent(TenantModel):
    """
    One dated grant or withdrawal for one channel and purpose. Append-only: the latest row of each
    pair is in force.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.DO_NOTHING,  # erasure deletes them, through the owner of the table
        related_name="+",
        db_index=False,
    )
    channel = models.CharField(_("Channel"), max_length=10, choices=ConsentChannel)
    purpose = models.CharField(_("Purpose"), max_length=15, choices=ConsentPurpose)
    granted = models.BooleanField(_("Granted"))
    method = models.CharField(
        _("How"), max_length=50, help_text="how it was given: which door, form or file"
    )
    wording = models.TextField(_("Wording"), blank=True, help_text="what the person was shown")
    shown = models.ForeignKey(
        "customers.WordingVersion",
        verbose_name=_("Saved wording"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    proof = models.TextField(
        _("Proof"),
        max_length=10_000,
        blank=True,
        help_text="what shows that it was given: a text, or where it lies",
    )
    expires_at = models.DateTimeField(
        _("Ends"), null=True, blank=True, help_text="from when on it counts no more"
    )
    recorded_by = models.CharField(_("Recorded by"), max_length=254)
    at = models.DateTimeField(_("When"), default=now)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            SameTenant(field="customer", name="consent_customer_tenant"),
            SameTenant(field="shown", name="consent_shown_tenant", across_environments=True),
        ]
        indexes = [
            models.Index(
                fields=["customer", "channel", "purpose", "-at"], name="consent_by_customer"
            ),
            models.Index(
                fields=["shown"],
                name="consent_by_shown",
                condition=models.Q(shown__isnull=False),
            ),
            models.Index(
                fields=["expires_at"],
                name="consent_by_end",
                condition=models.Q(expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{'granted' if self.granted else 'withdrawn'}: {self.channel} {self.purpose}"


class ConsentWording(OrganizationModel):
    """
    The words by which people are asked for a consent, as they stand now. What was shown before
    stands in its `WordingVersion`s.
    """

    name = models.CharField(_("Name"), max_length=150)
    purpose = models.CharField(_("Purpose"), max_length=15, choices=ConsentPurpose)
    channel = models.CharField(
        _("Channel"), max_length=10, choices=ConsentChannel, default=ConsentChannel.ALL
    )
    language = models.CharField(_("Language"), max_length=10, default="en")
    text = models.TextField(_("Wording"), max_length=10_000)
    months = models.PositiveSmallIntegerField(
        _("Valid for, months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1200)],
        help_text="how long a consent to it lasts; empty: until it is withdrawn",
    )
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name", "language"],
                name="consent_wording_unique",
                violation_error_code="name",
            ),
            models.UniqueConstraint(fields=["organization", "id"], name="consent_wording_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class WordingVersion(OrganizationModel):
    """A wording as it stood from `at` until the next. Append-only."""

    wording = models.ForeignKey(
        ConsentWording, verbose_name=_("Saved wording"), on_delete=models.CASCADE, related_name="+"
    )
    number = models.PositiveIntegerField(_("Version"))
    text = models.TextField(_("Wording"))
    months = models.PositiveSmallIntegerField(_("Valid for, months"), null=True)
    written_by = models.CharField(_("Written by"), max_length=254)
    at = models.DateTimeField(_("When"), default=now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["wording", "number"], name="wording_version_number_unique"
            ),
            models.UniqueConstraint(fields=["organization", "id"], name="wording_version_tenant"),
            SameTenant(
                field="wording", name="wording_version_wording_tenant", across_environments=True
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Suppression(TenantModel):
    """
    A keyed hash (pseudonymous) of an erased customer's e-mail or phone, so that an import doesn't
    bring the person back.
    """

    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "digest"], name="suppression_unique"
            )
        ]

    def __str__(self) -> str:
        return self.digest[:8]


class LoyaltyEntry(TenantModel):
    """One movement of loyalty points; a customer's balance is their sum."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.DO_NOTHING,  # erasure deletes them, through the owner of the table
        related_name="+",
        db_index=False,
    )
    points = models.IntegerField(_("Points"))
    reason = models.CharField(_("Reason"), max_length=150)
    source_id = models.UUIDField(
        _("Appointment"), null=True, blank=True, help_text="the appointment that earned them"
    )
    at = models.DateTimeField(_("When"), default=now)

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "loyalty entries"
        constraints = [
            SameTenant(field="customer", name="loyalty_customer_tenant"),
        ]
        indexes = [
            models.Index(fields=["customer", "-at"], name="loyalty_by_customer"),
            models.Index(
                fields=["organization", "environment", "customer", "points"], name="loyalty_figures"
            ),
            models.Index(
                fields=["source_id"],
                name="loyalty_by_source",
                condition=models.Q(source_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}"


class PrivacyRequest(TenantModel):
    """
    What a person asks for under data protection law, to be answered by `due_at`. Of each kind a
    person has at most one that is open, but for those who asked as two customers and were merged
    since: each of their requests is answered by its own day.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    kind = models.CharField(_("Request"), max_length=15, choices=PrivacyRequestKind)
    received_at = models.DateTimeField(_("Received"), default=now, validators=[refuse_future])
    due_at = models.DateTimeField(_("Due"), editable=False)
    status = models.CharField(
        _("Status"),
        max_length=10,
        choices=PrivacyRequestStatus,
        default=PrivacyRequestStatus.OPEN,
    )
    note = models.TextField(
        _("Note"), max_length=10_000, blank=True, help_text="what the person wrote or said"
    )
    reason = models.TextField(
        _("Reason"), max_length=10_000, blank=True, help_text="of a refusal, as the person is told"
    )
    opened_by = models.CharField(_("Opened by"), max_length=254, editable=False)
    closed_by = models.CharField(_("Closed by"), max_length=254, blank=True, editable=False)
    closed_at = models.DateTimeField(_("Closed"), null=True, editable=False)
    is_second = models.BooleanField(
        _("Asked twice"),
        default=False,
        db_default=False,
        editable=False,
        help_text="the person had asked for the same as another customer, merged since",
    )
    version = row_version()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                name="privacy_request_open_once",
                condition=models.Q(status=PrivacyRequestStatus.OPEN, is_second=False),
                violation_error_code="kind",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=PrivacyRequestStatus.values),
                name="privacy_request_status_known",
            ),
            SameTenant(field="customer", name="privacy_request_customer_tenant"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "environment", "status", "due_at", "id"],
                name="privacy_request_by_due",
            ),
            models.Index(fields=["customer"], name="privacy_request_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_status_display()})"


class RetentionPolicy(OrganizationModel):
    """After how many months without activity an organization's customers are to be erased."""

    months = models.PositiveSmallIntegerField(
        _("Months without activity"),
        default=0,
        validators=[MaxValueValidator(1200)],
        help_text="after which a customer is listed for erasure; 0: never",
    )
    is_automatic = models.BooleanField(
        _("Erase without asking"),
        default=False,
        help_text="every night those listed are erased; else when a person says so",
    )
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        verbose_name_plural = "retention policies"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="retention_policy_unique")
        ]

    def __str__(self) -> str:
        return f"{self.months} months"

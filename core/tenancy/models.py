"""Organizations and what belongs to them as such."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import CurrencyValidator, row_version
from core.hours import WeeklyHoursField
from core.ids import new_id
from core.tenancy.choices import Environment, Scope
from core.tenancy.scoping import OrganizationModel
from core.tenancy.validators import (
    validate_field_names,
    validate_lead_times,
    validate_roles,
    validate_time_zone,
)


def default_lead_times() -> list[int]:
    return [24]


def default_scopes() -> list[str]:
    return [Scope.READ, Scope.WRITE]


class Organization(models.Model):
    """
    The tenant. The thresholds' defaults are those that the roofing contractor's and the salon
    chain's APIs document.
    """

    id = models.UUIDField(_("ID"), primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("Name"), max_length=150)
    slug = models.SlugField(_("Short name"), max_length=60, unique=True)
    is_active = models.BooleanField(_("Active"), default=True)
    default_region = models.CharField(
        _("Country of phone numbers"),
        max_length=2,
        default="US",
        validators=[RegexValidator(r"^[A-Z]{2}$")],
        help_text="ISO 3166 country of phone numbers without one",
    )
    currency = models.CharField(
        _("Currency"),
        max_length=3,
        default="USD",
        validators=[CurrencyValidator()],
        help_text="ISO 4217",
    )
    time_zone = models.CharField(
        _("Time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="IANA name",
    )
    language = models.CharField(
        _("Language of customers"),
        max_length=10,
        default="en",
        help_text="BCP 47 tag of customers who chose none",
    )
    created_at = models.DateTimeField(_("Added"), auto_now_add=True)

    vip_lifetime_value = models.DecimalField(
        _("VIP above"),
        max_digits=14,
        decimal_places=2,
        default=100_000,
        validators=[MinValueValidator(0)],
        help_text="status VIP above this",
    )
    premium_lifetime_value = models.DecimalField(
        _("Premium above"),
        max_digits=14,
        decimal_places=2,
        default=50_000,
        validators=[MinValueValidator(0)],
        help_text="segment premium above this",
    )
    repeat_projects = models.PositiveSmallIntegerField(
        _("Repeat from"),
        default=2,
        help_text="segment repeat from this many projects on",
    )
    inactive_days = models.PositiveSmallIntegerField(
        _("Inactive after"),
        default=180,
        help_text="status inactive after so many days without activity",
    )
    churned_months = models.PositiveSmallIntegerField(
        _("Churned after"),
        default=18,
        help_text="status churned after so many months without activity",
    )
    at_risk_days = models.PositiveSmallIntegerField(
        _("At risk after"),
        default=120,
        help_text="at risk after so many days without activity",
    )
    new_days = models.PositiveSmallIntegerField(
        _("New for"), default=30, help_text="engagement new for so many days"
    )
    loyalty_points_per_unit = models.DecimalField(
        _("Loyalty points"),
        max_digits=8,
        decimal_places=4,
        default=0,
        validators=[MinValueValidator(0)],
        help_text="loyalty points earned per currency unit of a completed appointment",
    )
    reminder_hours = models.JSONField(
        _("Reminders of appointments"),
        default=default_lead_times,
        blank=True,
        validators=[validate_lead_times],
        help_text="hours before an appointment at which appointment.reminder is emitted",
    )

    sensitive_fields = models.JSONField(
        _("Sensitive custom fields"),
        default=list,
        blank=True,
        validators=[validate_field_names],
        help_text="names of customers' custom fields whose values are encrypted and masked",
    )
    second_factor_roles = models.JSONField(
        _("Second factor for"),
        default=list,
        blank=True,
        validators=[validate_roles],
        help_text="roles that may do nothing before they have set up a second factor",
    )
    requests_per_minute = models.PositiveIntegerField(
        _("Requests a minute"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="of all its people, keys and customers together; empty: the server's figure",
    )

    portal_enabled = models.BooleanField(_("Portal is open"), default=True)
    portal_change_hours = models.PositiveSmallIntegerField(
        _("Changes until"),
        default=24,
        validators=[MaxValueValidator(365 * 24)],
        help_text="customers book, move and cancel up to so many hours before the start",
    )
    portal_booking = models.BooleanField(_("Customers may book"), default=False)
    portal_color = models.CharField(
        _("Colour"),
        max_length=7,
        blank=True,
        validators=[
            RegexValidator(
                r"\A#[0-9a-fA-F]{6}\Z", "Must be a colour such as #0f766e.", "invalid_color"
            )
        ],
        help_text="of the portal; six hexadecimal digits",
    )
    version = row_version()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Outlet(OrganizationModel):
    """A branch, with a time zone of its own."""

    name = models.CharField(_("Name"), max_length=150)
    time_zone = models.CharField(
        _("Time zone"), max_length=64, validators=[validate_time_zone], help_text="IANA name"
    )
    phone = models.CharField(_("Phone"), max_length=16, blank=True)
    street = models.CharField(_("Street"), max_length=150, blank=True)
    city = models.CharField(_("City"), max_length=150, blank=True)
    state = models.CharField(_("State or region"), max_length=100, blank=True)
    postal_code = models.CharField(_("Postal code"), max_length=20, blank=True)
    country = models.CharField(_("Country"), max_length=100, blank=True)
    opening_hours = WeeklyHoursField(_("Opening hours"))
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(_("Added"), auto_now_add=True)
    version = row_version()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="outlet_name_unique",
                violation_error_code="name",
            ),
            models.UniqueConstraint(fields=["organization", "id"], name="outlet_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(OrganizationModel):
    """
    A machine's credential for one environment. Only the SHA-256 of the key is kept: it holds 256
    random bits, so a slow hash adds nothing; `prefix` is what people recognise it by.
    """

    name = models.CharField(_("Name"), max_length=150)
    environment = models.CharField(
        _("Environment"), max_length=4, choices=Environment, default=Environment.LIVE
    )
    prefix = models.CharField(_("Begins with"), max_length=20)
    digest = models.CharField(_("Digest"), max_length=64, unique=True)
    scopes = models.JSONField(_("Scopes"), default=default_scopes)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("Ends"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="api_key_by_organization")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

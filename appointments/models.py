"""Booked time: services offered, appointments, and what customers prefer to book."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.constraints import BaseConstraint
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.choices import UPCOMING, AppointmentStatus, ExceptionKind
from appointments.errors import StaffBusy
from core.clock import now
from core.fields import amount, refuse_future, row_version
from core.tenancy.scoping import OrganizationModel, SameTenant, TenantModel


class Service(OrganizationModel):
    """Something that can be booked."""

    name = models.CharField(_("Name"), max_length=150)
    category = models.CharField(_("Category"), max_length=150, blank=True)
    description = models.TextField(_("Description"), max_length=10_000, blank=True)
    duration_minutes = models.PositiveIntegerField(
        _("Duration"), default=60, validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)]
    )
    buffer_before_minutes = models.PositiveIntegerField(
        _("Free before"),
        default=0,
        validators=[MaxValueValidator(24 * 60)],
        help_text="minutes that whoever does it keeps free before it",
    )
    buffer_after_minutes = models.PositiveIntegerField(
        _("Free after"),
        default=0,
        validators=[MaxValueValidator(24 * 60)],
        help_text="minutes that whoever does it keeps free after it",
    )
    price = amount(verbose_name=_("Price"), default=0)
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    version = row_version()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="service_name_unique",
                violation_error_code="name",
            ),
            models.UniqueConstraint(fields=["organization", "id"], name="service_tenant"),
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=1), name="service_duration_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffNotDoubleBooked(BaseConstraint):
    """
    In PostgreSQL, no two standing appointments of one staff member in one environment overlap.

    The service asks first under the staff member's lock, for two inserts that meet at an exclusion
    constraint wait for each other; in SQLite, which has no such constraint, its one write lock
    keeps the promise.
    """

    error = StaffBusy

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return None
        standing = ", ".join(f"'{status}'" for status in UPCOMING)
        return (
            f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)} ADD CONSTRAINT "
            f"{schema_editor.quote_name(self.name)} "
            "EXCLUDE USING gist (staff_id WITH =, environment WITH =, tstzrange(start_at, end_at) "
            "WITH &&) "
            f"WHERE (staff_id IS NOT NULL AND status IN ({standing}))"
        )

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return None

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return None
        return (
            f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)} DROP CONSTRAINT "
            f"{schema_editor.quote_name(self.name)}"
        )

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """The service asks before it writes, and the database decides."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StaffNotDoubleBooked) and self.name == other.name

    __hash__ = BaseConstraint.__hash__


class Appointment(TenantModel):
    """A booked slot. Times are moments; outlets have the time zone they are shown in."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    outlet = models.ForeignKey(
        "tenancy.Outlet",
        verbose_name=_("Outlet"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("Service"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    staff = models.ForeignKey(
        "identity.User",
        verbose_name=_("Staff member"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    start_at = models.DateTimeField(_("Starts"))
    end_at = models.DateTimeField(_("Ends"))
    status = models.CharField(
        _("Status"), max_length=10, choices=AppointmentStatus, default=AppointmentStatus.PENDING
    )
    series_id = models.UUIDField(
        _("Series"), null=True, blank=True, editable=False, help_text="the same for all that repeat"
    )
    arrived_at = models.DateTimeField(
        _("Arrived"), null=True, blank=True, validators=[refuse_future]
    )
    price = amount(verbose_name=_("Price"), default=0)
    notes = models.TextField(_("Notes"), max_length=10_000, blank=True)
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end_at__gt=F("start_at")),
                name="appointment_ends_after_start",
                violation_error_code="end_time",
                violation_error_message="Must be after the start.",
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="appointment_price_range"),
            models.CheckConstraint(
                condition=Q(status__in=AppointmentStatus.values), name="appointment_status_known"
            ),
            SameTenant(field="customer", name="appointment_customer_tenant"),
            SameTenant(field="outlet", name="appointment_outlet_tenant", across_environments=True),
            SameTenant(
                field="service", name="appointment_service_tenant", across_environments=True
            ),
            SameTenant(field="staff", name="appointment_staff_tenant", across_environments=True),
            StaffNotDoubleBooked(
                name="appointment_staff_overlap", violation_error_code="staff_busy"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-start_at"], name="appointment_by_customer"),
            models.Index(
                fields=[
                    "organization",
                    "environment",
                    "start_at",
                    "id",
                    "status",
                    "outlet",
                    "price",
                ],
                name="appointment_by_time",
            ),
            models.Index(
                fields=["series_id", "start_at"],
                condition=Q(series_id__isnull=False),
                name="appointment_by_series",
            ),
            models.Index(
                fields=["organization", "environment", "customer", "status", "start_at", "price"],
                name="appointment_figures",
            ),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.start_at):%Y-%m-%d %H:%M} ({self.get_status_display()})"


class ScheduleException(OrganizationModel):
    """
    Days, or a span of the clock on each of them, on which an outlet or one of the staff doesn't
    keep the usual hours; of neither: the whole organization. Days are those of the outlet's
    calendar where something is to be booked.
    """

    outlet = models.ForeignKey(
        "tenancy.Outlet",
        verbose_name=_("Outlet"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    staff = models.ForeignKey(
        "identity.User",
        verbose_name=_("Staff member"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    kind = models.CharField(
        _("Kind"), max_length=10, choices=ExceptionKind, default=ExceptionKind.CLOSED
    )
    name = models.CharField(_("Name"), max_length=150, blank=True)
    first_day = models.DateField(_("First day"))
    last_day = models.DateField(_("Last day"))
    start_time = models.TimeField(_("From"), null=True, blank=True)
    end_time = models.TimeField(
        _("To"), null=True, blank=True, help_text="empty, as the beginning: the whole day"
    )
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    version = row_version()

    class Meta:
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="schedule_exception_days"
            ),
            models.CheckConstraint(
                condition=Q(start_time=None, end_time=None) | Q(end_time__gt=F("start_time")),
                name="schedule_exception_times",
            ),
            models.CheckConstraint(
                condition=Q(outlet=None) | Q(staff=None), name="schedule_exception_of_one"
            ),
            SameTenant(
                field="outlet",
                name="schedule_exception_outlet_tenant",
                across_environments=True,
            ),
            SameTenant(
                field="staff", name="schedule_exception_staff_tenant", across_environments=True
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "last_day", "first_day"], name="schedule_exception_days_idx"
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())


class CalendarFeed(TenantModel):
    """
    A person's appointments for other programs, under a secret address. Only the SHA-256 of the
    secret is kept: it holds 256 random bits.
    """

    user = models.ForeignKey(
        "identity.User",
        verbose_name=_("Person"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    digest = models.CharField(_("Digest"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    last_read_at = models.DateTimeField(_("Last read"), null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "environment"], name="calendar_feed_of_one"),
            SameTenant(field="user", name="calendar_feed_user_tenant", across_environments=True),
        ]

    def __str__(self) -> str:
        return str(self.user)


class AppointmentReminder(TenantModel):
    """
    That an appointment was reminded of, so many hours ahead; once for each time that it is moved
    to. Gone when the time is over.
    """

    appointment_id = models.UUIDField(_("Appointment"))
    start_at = models.DateTimeField(_("Starts"))
    hours = models.PositiveSmallIntegerField(_("Hours ahead"))
    at = models.DateTimeField(_("When"), default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "appointment_id", "start_at", "hours"],
                name="appointment_reminder_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id}: {self.hours} h"


class PreferredService(TenantModel):
    """A service that a customer prefers."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    service = models.ForeignKey(
        Service, verbose_name=_("Service"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "service"], name="preferred_service_unique"
            ),
            SameTenant(field="customer", name="preferred_service_customer_tenant"),
            SameTenant(
                field="service", name="preferred_service_service_tenant", across_environments=True
            ),
        ]

    def __str__(self) -> str:
        return str(self.service_id)


class PreferredStaff(TenantModel):
    """A staff member whom a customer prefers."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    staff = models.ForeignKey(
        "identity.User", verbose_name=_("Staff member"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name_plural = "preferred staff"
        constraints = [
            models.UniqueConstraint(fields=["customer", "staff"], name="preferred_staff_unique"),
            SameTenant(field="customer", name="preferred_staff_customer_tenant"),
            SameTenant(
                field="staff", name="preferred_staff_staff_tenant", across_environments=True
            ),
        ]

    def __str__(self) -> str:
        return str(self.staff_id)

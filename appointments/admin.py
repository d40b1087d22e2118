"""Services, appointments and booking preferences in the admin."""

from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from appointments.choices import AppointmentStatus
from appointments.feeds import revoke_feed_of
from appointments.models import (
    Appointment,
    AppointmentReminder,
    CalendarFeed,
    PreferredService,
    PreferredStaff,
    ScheduleException,
    Service,
)
from appointments.resources import AppointmentResource
from appointments.schedule_exceptions import (
    create_schedule_exception,
    delete_schedule_exception,
    update_schedule_exception,
)
from appointments.services import (
    book_appointment,
    change_appointment,
    create_service,
    delete_appointment,
    delete_service,
    update_service,
)
from appointments.slots import zone_of
from core.ids import parse_id
from core.tenancy.models import Outlet
from core.tenancy.policy import Permission
from core.ui.admin.lists import money_column, toned_column
from core.ui.admin.model_admin import ReadOnlyAdmin, ServiceAdmin, by_id, readable_zone
from core.ui.admin.transfer import TransferAdmin
from core.ui.place import actor_for_row
from customers.admin.rows import CustomerRowAdmin

STATUS = toned_column("status", AppointmentStatus, _("Status"))
PRICE = money_column("price", _("Price"))


@admin.register(Service)
class ServiceOfferedAdmin(ServiceAdmin):
    menu_group, menu_icon = "Work", "home_repair_service"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.MANAGE_SERVICES,
        "change": Permission.MANAGE_SERVICES,
        "delete": Permission.MANAGE_SERVICES,
    }
    create_row = staticmethod(create_service)
    update_row = by_id(update_service, "service_id")
    delete_row = by_id(delete_service, "service_id")
    list_display = ["name", "category", "duration_minutes", PRICE, "is_active"]
    list_select_related = ["organization"]
    search_fields = ["name__icontains"]
    ordering = ["name"]
    fields = [
        "name",
        "category",
        "description",
        "duration_minutes",
        "buffer_before_minutes",
        "buffer_after_minutes",
        "price",
        "is_active",
    ]


@admin.register(ScheduleException)
class ScheduleExceptionAdmin(ServiceAdmin):
    menu_group, menu_icon = "Work", "event_busy"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.MANAGE_SCHEDULES,
        "change": Permission.MANAGE_SCHEDULES,
        "delete": Permission.MANAGE_SCHEDULES,
    }
    create_row = staticmethod(create_schedule_exception)
    update_row = by_id(update_schedule_exception, "exception_id")
    delete_row = by_id(delete_schedule_exception, "exception_id")
    list_display = ["first_day", "last_day", "kind", "name", "outlet", "staff"]
    list_select_related = ["outlet", "staff"]
    list_filter = ["kind"]
    ordering = ["-first_day", "-pk"]
    fields = [
        "outlet",
        "staff",
        "kind",
        "name",
        ("first_day", "last_day"),
        ("start_time", "end_time"),
    ]


@admin.register(Appointment)
class AppointmentAdmin(CustomerRowAdmin, TransferAdmin):
    menu_group, menu_icon = "Work", "event"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.BOOK,
        "change": Permission.BOOK,
        "delete": Permission.UPDATE_CUSTOMERS,
        "import": Permission.IMPORT,
        "export": Permission.EXPORT,
    }
    create_row = staticmethod(book_appointment)
    update_row = by_id(change_appointment, "appointment_id")
    delete_row = by_id(delete_appointment, "appointment_id")
    fixed_fields = ["customer"]
    resource_classes = [AppointmentResource]
    list_display = ["starts", "customer", "service", "person", "outlet", STATUS, PRICE]
    list_select_related = ["customer", "service", "staff", "outlet", "organization"]
    list_filter = ["status"]
    ordering = ["-start_at", "-pk"]
    fields = [
        "customer",
        "outlet",
        "service",
        "staff",
        "start_at",
        "end_at",
        "status",
        "price",
        "notes",
    ]

    @admin.display(description=_("Starts"), ordering="start_at")
    def starts(self, row: Appointment) -> str:
        """On the clock of its outlet, with the zone's letters: a list may show several."""
        local = timezone.localtime(
            row.start_at, ZoneInfo((row.outlet or row.organization).time_zone)
        )
        return f"{date_format(local, 'DATETIME_FORMAT')} {local:%Z}"

    @admin.display(description=_("With"), ordering="staff")
    def person(self, row: Appointment) -> str:
        return row.staff.name if row.staff else ""

    def zone(self, request: HttpRequest, obj: Appointment | None) -> ZoneInfo:
        """The outlet's: of the appointment as it is shown, or of the one chosen for a new one."""
        actor = actor_for_row(request, obj)
        if obj is not None:
            return zone_of(actor=actor, outlet=obj.outlet)
        chosen = parse_id(request.POST.get("outlet", ""))
        outlet = Outlet.objects.for_actor(actor).filter(pk=chosen).first() if chosen else None
        return zone_of(actor=actor, outlet=outlet)

    def zone_help(self, obj: Appointment | None) -> str:
        if obj is not None:
            return super().zone_help(obj)
        return _("On the clock of the outlet; without one, of %(zone)s.") % {
            "zone": readable_zone()
        }


@admin.register(PreferredService)
class PreferredServiceAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    """Changed through the customer's preferences."""

    menu_group, menu_icon = "Work", "favorite"
    permissions = {"view": Permission.VIEW}
    list_display = ["customer", "service"]
    list_select_related = ["customer", "service"]


@admin.register(PreferredStaff)
class PreferredStaffAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    """Changed through the customer's preferences."""

    menu_group, menu_icon = "Work", "person_heart"
    permissions = {"view": Permission.VIEW}
    list_display = ["customer", "staff"]
    list_select_related = ["customer", "staff"]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ServiceAdmin):
    """Whose calendar is read elsewhere; deleting one ends its address."""

    menu_group, menu_icon = "Integrations", "rss_feed"
    permissions = {"view": Permission.MANAGE_USERS, "delete": Permission.MANAGE_USERS}
    delete_row = by_id(revoke_feed_of, "feed_id")
    list_display = ["user", "created_at", "last_read_at"]
    list_select_related = ["user"]
    fields = ["user", "created_at", "last_read_at"]
    ordering = ["-pk"]


@admin.register(AppointmentReminder)
class AppointmentReminderAdmin(ReadOnlyAdmin):
    """What webhooks were told ahead of appointments."""

    menu_group, menu_icon = "Behind the scenes", "alarm"
    permissions = {"view": Permission.VIEW}
    list_display = ["at", "appointment_id", "start_at", "hours"]
    sortable_by: list[str] = []

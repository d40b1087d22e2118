"""Services, appointments and booking preferences in the admin."""

from django.contrib import admin

from appointments.models import Appointment, PreferredService, PreferredStaff, Service
from appointments.resources import AppointmentResource
from appointments.services import (
    book_appointment,
    change_appointment,
    create_service,
    delete_appointment,
    delete_service,
    update_service,
)
from core.tenancy.policy import Permission
from core.ui.admin.model_admin import ReadOnlyAdmin, ServiceAdmin, by_id
from core.ui.admin.transfer import TransferAdmin
from customers.admin import CustomerRowAdmin


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
    list_display = ["name", "category", "duration_minutes", "price", "is_active"]
    search_fields = ["name__icontains"]
    ordering = ["name"]
    fields = ["name", "category", "description", "duration_minutes", "price", "is_active"]


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
    list_display = ["start_at", "customer", "service", "staff", "outlet", "status", "price"]
    list_select_related = ["customer", "service", "staff", "outlet"]
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

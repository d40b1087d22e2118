"""Appointments, with the salon chain's fields, and the services that can be booked."""

from collections.abc import Sequence
from typing import Any

from appointments import selectors, services
from appointments.filters import AppointmentFilterSet, ServiceFilterSet
from appointments.models import Service
from crm.api.kernel.appointments import AppointmentWords, in_zone
from crm.api.kernel.words import Word, Words
from crm.api.roofing.base import ResourceItem, ResourceList


class AppointmentBase:
    noun = "Appointment"
    words_class = AppointmentWords
    rows = staticmethod(selectors.appointments)
    filterset_class = AppointmentFilterSet
    order = ("-start_at", "-id")
    create = services.book_appointment
    update = services.change_appointment
    delete_row = services.delete_appointment
    key = "appointment_id"


class AppointmentsList(AppointmentBase, ResourceList):
    def present(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return AppointmentWords.show_all(in_zone(rows, self.actor))


class AppointmentItem(AppointmentBase, ResourceItem):
    def present(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return AppointmentWords.show_all(in_zone(rows, self.actor))


class ServiceWords(Words):
    id = Word(read_only=True)
    name = Word()
    category = Word()
    description = Word()
    duration_minutes = Word()
    price = Word()
    is_active = Word()
    created_at = Word(read_only=True)

    class Meta:
        model = Service


class ServiceBase:
    noun = "Service"
    words_class = ServiceWords
    rows = staticmethod(selectors.services)
    filterset_class = ServiceFilterSet
    order = ("name", "id")
    create = services.create_service
    update = services.update_service
    delete_row = services.delete_service
    key = "service_id"


class ServicesList(ServiceBase, ResourceList):
    pass


class ServiceItem(ServiceBase, ResourceItem):
    pass

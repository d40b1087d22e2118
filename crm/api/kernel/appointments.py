"""Appointments as the salon chain's API documents them, which the native API shows too."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from appointments.models import Appointment
from crm.api.kernel.serializers import ComputedField, DomainField, DomainSerializer, Row

_TIME = {
    "type": "string",
    "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$",
    "description": "On the outlet's clock",
}


def _service(row: Row) -> dict[str, Any] | None:
    if row["service_id"] is None:
        return None
    return {
        "id": row["service_id"],
        "name": row["service__name"],
        "duration_minutes": row["service__duration_minutes"],
    }


class LocalField(DomainField):
    """A part of a moment, on the outlet's clock."""

    def __init__(self, *, moment: str, form: str, **options: Any) -> None:
        super().__init__(**options)
        self.moment = moment
        self.form = form

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.moment, "outlet__time_zone")

    @property
    def sources(self) -> tuple[str, ...]:
        return (str(self.source), self.moment)

    def get_attribute(self, row: Row) -> Any:
        return row[self.moment].astimezone(ZoneInfo(row["outlet__time_zone"]))

    def to_representation(self, value: dt.datetime) -> str:
        return value.strftime(self.form)


class AppointmentSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    tenant_id = DomainField(source="organization", read_only=True)
    outlet_id = DomainField(source="outlet")
    customer_id = DomainField(source="customer")
    staff_id = DomainField(source="staff")
    service_id = DomainField(source="service")
    appointment_date = LocalField(
        source="day",
        moment="start_at",
        form="%Y-%m-%d",
        schema={"type": "string", "format": "date"},
    )
    start_time = LocalField(moment="start_at", form="%H:%M:%S", schema=_TIME)
    end_time = LocalField(moment="end_at", form="%H:%M:%S", schema=_TIME)
    status = DomainField()
    total_price = DomainField(source="price")
    notes = DomainField()
    service = ComputedField(
        _service,
        "service_id",
        "service__name",
        "service__duration_minutes",
        schema={
            "type": ["object", "null"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "name": {"type": "string"},
                "duration_minutes": {"type": "integer"},
            },
        },
    )
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = Appointment

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Those without an outlet are shown on the organization's clock."""
        zone = self.context["request"].auth.organization.time_zone
        return [{**row, "outlet__time_zone": row["outlet__time_zone"] or zone} for row in rows]

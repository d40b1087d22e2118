"""How the pages call projects, payments and consents."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.choices import (
    ConsentChannel,
    ConsentPurpose,
    ProjectStatus,
    ProjectType,
    TransactionStatus,
)

PROJECT_STATUSES: Mapping[str, Any] = {
    ProjectStatus.PLANNED: pgettext_lazy("project", "Planned"),
    ProjectStatus.SCHEDULED: pgettext_lazy("project", "Scheduled"),
    ProjectStatus.IN_PROGRESS: pgettext_lazy("project", "In progress"),
    ProjectStatus.ON_HOLD: pgettext_lazy("project", "On hold"),
    ProjectStatus.COMPLETED: pgettext_lazy("project", "Completed"),
    ProjectStatus.CANCELLED: pgettext_lazy("project", "Cancelled"),
}
PROJECT_TYPES: Mapping[str, Any] = {
    ProjectType.ROOF_REPLACEMENT: _("Roof replacement"),
    ProjectType.REPAIR: _("Repair"),
    ProjectType.INSPECTION: _("Inspection"),
    ProjectType.MAINTENANCE: _("Maintenance"),
    ProjectType.GUTTERS: _("Gutters"),
    ProjectType.SIDING: _("Siding"),
    ProjectType.OTHER: _("Other"),
}
PAYMENT_STATUSES: Mapping[str, Any] = {
    TransactionStatus.COMPLETED: pgettext_lazy("payment", "Paid"),
    TransactionStatus.PENDING: pgettext_lazy("payment", "Pending"),
    TransactionStatus.REFUNDED: pgettext_lazy("payment", "Refunded"),
    TransactionStatus.FAILED: pgettext_lazy("payment", "Failed"),
}
TONES: Mapping[str, str] = {
    ProjectStatus.SCHEDULED: "info",
    ProjectStatus.IN_PROGRESS: "accent",
    ProjectStatus.ON_HOLD: "warn",
    ProjectStatus.COMPLETED: "good",
    TransactionStatus.PENDING: "warn",
    TransactionStatus.REFUNDED: "info",
    TransactionStatus.FAILED: "bad",
}
ICONS: Mapping[str, str] = {
    ProjectStatus.SCHEDULED: "calendar",
    ProjectStatus.IN_PROGRESS: "play",
    ProjectStatus.ON_HOLD: "clock",
    ProjectStatus.CANCELLED: "x",
    TransactionStatus.REFUNDED: "undo",
}
METHODS: Mapping[str, Any] = {
    "in person": _("In person"),
    "phone": _("On the phone"),
    "e-mail": _("By e-mail"),
    "message": _("By message"),
    "paper form": _("On a paper form"),
    "web form": _("On a web form"),
}
PURPOSES: Mapping[tuple[str, str], Any] = {
    (ConsentChannel.EMAIL, ConsentPurpose.NOTIFICATIONS): _("Notifications by e-mail"),
    (ConsentChannel.SMS, ConsentPurpose.NOTIFICATIONS): _("Notifications by SMS"),
    (ConsentChannel.PUSH, ConsentPurpose.NOTIFICATIONS): _("Push notifications"),
    (ConsentChannel.WHATSAPP, ConsentPurpose.NOTIFICATIONS): _("Notifications on WhatsApp"),
    (ConsentChannel.ALL, ConsentPurpose.MARKETING): _("Marketing"),
}

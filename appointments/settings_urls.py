"""Under /app/settings/."""

from django.urls import path

from appointments.pages.schedule_exceptions import (
    DeleteScheduleException,
    EditScheduleException,
    NewScheduleException,
    ScheduleExceptions,
)
from appointments.pages.services import (
    DeleteService,
    EditService,
    NewService,
    Services,
    SwitchService,
)

urlpatterns = [
    path(
        "schedule-exceptions/",
        ScheduleExceptions.as_view(),
        name="schedule-exceptions",
    ),
    path(
        "schedule-exceptions/new/",
        NewScheduleException.as_view(),
        name="schedule-exception-new",
    ),
    path(
        "schedule-exceptions/<uuid:key>/",
        EditScheduleException.as_view(),
        name="schedule-exception",
    ),
    path(
        "schedule-exceptions/<uuid:key>/delete/",
        DeleteScheduleException.as_view(),
        name="schedule-exception-delete",
    ),
    path("services/", Services.as_view(), name="services"),
    path("services/new/", NewService.as_view(), name="service-new"),
    path("services/<uuid:key>/", EditService.as_view(), name="service"),
    path(
        "services/<uuid:key>/activate/", SwitchService.as_view(active=True), name="service-activate"
    ),
    path("services/<uuid:key>/deactivate/", SwitchService.as_view(), name="service-deactivate"),
    path("services/<uuid:key>/delete/", DeleteService.as_view(), name="service-delete"),
]

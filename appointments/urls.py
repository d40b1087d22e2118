"""The pages of the calendar, under /app/."""

from django.urls import URLPattern, path

from appointments.pages.booking import AppointmentPage, Book, Move, StatusButton
from appointments.pages.calendar import Calendar

app_name = "appointments"

urlpatterns: list[URLPattern] = [
    path("calendar/", Calendar.as_view(), name="calendar"),
    path("calendar/book/", Book.as_view(), name="book"),
    path("calendar/<uuid:appointment_id>/", AppointmentPage.as_view(), name="appointment"),
    path("calendar/<uuid:appointment_id>/move/", Move.as_view(), name="move"),
    path(
        "calendar/<uuid:appointment_id>/status/<str:status>/", StatusButton.as_view(), name="status"
    ),
]

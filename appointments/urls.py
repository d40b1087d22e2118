"""The pages of the calendar, under /app/."""

from django.urls import URLPattern, path

from appointments.pages.acting import Arrived, CancelFollowing, Finish, Glance, StatusButton
from appointments.pages.appointment import AppointmentPage, Move
from appointments.pages.booking import Book
from appointments.pages.calendar import Calendar
from appointments.pages.day_sheet import DaySheet
from appointments.pages.feeds import EndFeed, FeedPage, NewFeed

app_name = "appointments"

urlpatterns: list[URLPattern] = [
    path("calendar/", Calendar.as_view(), name="calendar"),
    path("calendar/day-sheet/", DaySheet.as_view(), name="day-sheet"),
    path("calendar/feed/", FeedPage.as_view(), name="feed"),
    path("calendar/feed/new/", NewFeed.as_view(), name="feed-new"),
    path("calendar/feed/end/", EndFeed.as_view(), name="feed-end"),
    path("calendar/book/", Book.as_view(), name="book"),
    path("calendar/<uuid:appointment_id>/", AppointmentPage.as_view(), name="appointment"),
    path("calendar/<uuid:appointment_id>/glance/", Glance.as_view(), name="glance"),
    path("calendar/<uuid:appointment_id>/arrived/", Arrived.as_view(), name="arrived"),
    path("calendar/<uuid:appointment_id>/finish/", Finish.as_view(), name="finish"),
    path(
        "calendar/<uuid:appointment_id>/following/cancel/",
        CancelFollowing.as_view(),
        name="cancel-following",
    ),
    path("calendar/<uuid:appointment_id>/move/", Move.as_view(), name="move"),
    path(
        "calendar/<uuid:appointment_id>/status/<str:status>/", StatusButton.as_view(), name="status"
    ),
]

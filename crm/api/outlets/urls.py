"""The salon chain's table of contents."""

from django.urls import path

from crm.api.outlets import appointments, customers, preferences, statistics

urlpatterns = [
    path("api/v1/customers", customers.Customers.as_view()),
    path("api/v1/customers/statistics/summary", statistics.CustomerStatistics.as_view()),
    path("api/v1/customers/<str:customer_id>", customers.CustomerItem.as_view()),
    path("api/v1/customers/<str:customer_id>/restore", customers.CustomerRestore.as_view()),
    path(
        "api/v1/customers/<str:customer_id>/appointments",
        appointments.CustomerAppointments.as_view(),
    ),
    path(
        "api/v1/customers/<str:customer_id>/preferences", preferences.CustomerPreferences.as_view()
    ),
]

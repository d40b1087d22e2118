"""The booking API's table of contents."""

from django.urls import path

from crm.api.booking import customers

urlpatterns = [
    path("api/customers/retrieve", customers.RetrieveCustomer.as_view()),
    path("api/customers/delete", customers.DeleteCustomer.as_view()),
]

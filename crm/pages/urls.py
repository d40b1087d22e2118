"""The customer's page, which shows several apps at once, under /app/."""

from django.urls import path

from crm.pages.customer.base import TIMELINE
from crm.pages.customer.editing import Cell, Compose, Fields, Pin, Tags
from crm.pages.customer.page import CustomerPage
from crm.pages.customer.panel import CustomerPanel
from crm.pages.customer.tabs import TABS

app_name = "customer"

OF_ONE = "customers/<uuid:customer_id>/"

urlpatterns = [
    path(OF_ONE, CustomerPage.as_view(), name="page"),
    path(f"{OF_ONE}panel/", CustomerPanel.as_view(), name="panel"),
    path(f"{OF_ONE}fields/<slug:group>/", Fields.as_view(), name="fields"),
    path(f"{OF_ONE}cells/<slug:field>/", Cell.as_view(), name="cell"),
    path(f"{OF_ONE}compose/", Compose.as_view(), name="compose"),
    path(f"{OF_ONE}tags/", Tags.as_view(), name="tags"),
    path(f"{OF_ONE}pins/<slug:field>/", Pin.as_view(), name="pin"),
    *(
        path(f"{OF_ONE}{name}/", CustomerPage.as_view(), {"tab": name}, name=name)
        for name in (TIMELINE, *(tab.name for tab in TABS))
    ),
]

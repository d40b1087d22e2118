"""The naive list as a site of its own, for a server."""

from django.conf import settings
from django.urls import path

from bench.client import APPLICATION
from bench.naive import Customers

application = APPLICATION
urlpatterns = [path("naive", Customers.as_view({"get": "list"}))]
settings.ROOT_URLCONF = "bench.naive_site"

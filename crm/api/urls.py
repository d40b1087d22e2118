"""
All APIs: descriptions, and the dialects. The first match wins, so longer paths stand
before shorter ones.
"""

from csp.decorators import csp_update
from django.urls import include, path, re_path

from crm.api import docs
from crm.api.unknown import UnknownPath

urlpatterns = [
    path("api/schema", docs.SchemaView.as_view(), name="schema"),
    path("api/schema/<slug:dialect>", docs.SchemaView.as_view(), name="dialect-schema"),
    path(
        "api/docs",
        csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(docs.Docs.as_view()),
        name="docs",
    ),
    path("", include("crm.api.booking.urls")),
    re_path(r"^api/customers/(?:retrieve|delete)/", UnknownPath.as_view()),
    path("", include("crm.api.outlets.urls")),
    path("", include("crm.api.messaging.urls")),
    path("", include("crm.api.merchants.urls")),
    path("", include("crm.api.roofing.urls")),
    re_path(r"^(?:api|customers)(?:/[\s\S]*)?\Z", UnknownPath.as_view()),
]

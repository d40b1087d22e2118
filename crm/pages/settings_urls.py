"""Settings, under /app/settings/: each app's own pages, and those that cross apps."""

from django.urls import include, path

from crm.pages.settings.audit import Audit, AuditEntryPage
from crm.pages.settings.index import Index

app_name = "settings"
urlpatterns = [
    path("", Index.as_view(), name="index"),
    path("", include("core.tenancy.settings_urls")),
    path("", include("core.identity.settings_urls")),
    path("", include("core.webhooks.settings_urls")),
    path("", include("interactions.settings_urls")),
    path("", include("customers.settings_urls")),
    path("", include("appointments.settings_urls")),
    path("audit/", Audit.as_view(), name="audit"),
    path("audit/<uuid:key>/", AuditEntryPage.as_view(), name="entry"),
]

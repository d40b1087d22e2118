"""The doors."""

from django.contrib import admin
from django.urls import include, path, re_path

from appointments.pages.feeds import Feed
from crm import views
from crm.pages.palette import KeyboardHelp, Palette, Pick
from crm.pages.today import Today

urlpatterns = [
    path("", views.home, name="home"),
    path("favicon.ico", views.favicon),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("admin/", admin.site.urls),
    path("app/", include("core.ui.urls")),
    path("app/", include("core.identity.urls")),
    path("app/", include("crm.pages.jobs_urls")),
    path("app/", include("core.changes.urls")),
    path("app/", include("core.imports.urls")),
    path("app/", include("customers.urls")),
    path("app/", include("crm.pages.urls")),
    path("app/today/", Today.as_view(), name="today"),
    path("app/find/", Palette.as_view(), name="palette"),
    path("app/keys/", KeyboardHelp.as_view(), name="keys"),
    path("app/pick/<slug:what>/", Pick.as_view(), name="pick"),
    path("app/", include("interactions.urls")),
    path("app/", include("appointments.urls")),
    path("app/", include("analytics.urls")),
    path("app/settings/", include("crm.pages.settings_urls")),
    path("feeds/<str:secret>.ics", Feed.as_view(), name="feed"),
    path("portal/", include("crm.portal.urls")),
    # an address of no page; without this, development answers with a list of all addresses
    re_path(r"^(?:app|portal)/(?:.*/)?$", views.not_found, {"exception": None}),
    path("", include("crm.api.urls")),
]

handler400 = "crm.views.bad_request"
handler403 = "crm.views.forbidden"
handler404 = "crm.views.not_found"
handler500 = "crm.views.server_error"

"""Under /app/settings/."""

from django.urls import path

from core.tenancy.pages.api_keys import Keys, NewKey, RevokeKey
from core.tenancy.pages.organization import OrganizationPage, ThresholdEffects
from core.tenancy.pages.outlets import DeleteOutlet, EditOutlet, NewOutlet, Outlets, SwitchOutlet
from core.tenancy.pages.portal import PortalSettings
from core.tenancy.pages.roles import Roles

urlpatterns = [
    path("organization/", OrganizationPage.as_view(), name="organization"),
    path("organization/effects/", ThresholdEffects.as_view(), name="organization-effects"),
    path("outlets/", Outlets.as_view(), name="outlets"),
    path("outlets/new/", NewOutlet.as_view(), name="outlet-new"),
    path("outlets/<uuid:key>/", EditOutlet.as_view(), name="outlet"),
    path("outlets/<uuid:key>/activate/", SwitchOutlet.as_view(active=True), name="outlet-activate"),
    path("outlets/<uuid:key>/deactivate/", SwitchOutlet.as_view(), name="outlet-deactivate"),
    path("outlets/<uuid:key>/delete/", DeleteOutlet.as_view(), name="outlet-delete"),
    path("portal/", PortalSettings.as_view(), name="portal"),
    path("roles/", Roles.as_view(), name="roles"),
    path("keys/", Keys.as_view(), name="keys"),
    path("keys/new/", NewKey.as_view(), name="key-new"),
    path("keys/<uuid:key>/revoke/", RevokeKey.as_view(), name="key-revoke"),
]

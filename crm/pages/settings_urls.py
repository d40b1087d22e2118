"""The pages of settings, under /app/settings/."""

from django.urls import path

from crm.pages.settings.audit import Audit, Entry
from crm.pages.settings.index import Index
from crm.pages.settings.keys import Keys, NewKey, RevokeKey
from crm.pages.settings.organization import OrganizationPage
from crm.pages.settings.outlets import DeleteOutlet, EditOutlet, NewOutlet, Outlets, SwitchOutlet
from crm.pages.settings.people import EditPerson, Invite, PasswordLink, People, Roles, SwitchPerson
from crm.pages.settings.services import (
    DeleteService,
    EditService,
    NewService,
    Services,
    SwitchService,
)

app_name = "settings"
urlpatterns = [
    path("", Index.as_view(), name="index"),
    path("organization/", OrganizationPage.as_view(), name="organization"),
    path("outlets/", Outlets.as_view(), name="outlets"),
    path("outlets/new/", NewOutlet.as_view(), name="outlet-new"),
    path("outlets/<uuid:key>/", EditOutlet.as_view(), name="outlet"),
    path("outlets/<uuid:key>/activate/", SwitchOutlet.as_view(active=True), name="outlet-activate"),
    path("outlets/<uuid:key>/deactivate/", SwitchOutlet.as_view(), name="outlet-deactivate"),
    path("outlets/<uuid:key>/delete/", DeleteOutlet.as_view(), name="outlet-delete"),
    path("services/", Services.as_view(), name="services"),
    path("services/new/", NewService.as_view(), name="service-new"),
    path("services/<uuid:key>/", EditService.as_view(), name="service"),
    path(
        "services/<uuid:key>/activate/", SwitchService.as_view(active=True), name="service-activate"
    ),
    path("services/<uuid:key>/deactivate/", SwitchService.as_view(), name="service-deactivate"),
    path("services/<uuid:key>/delete/", DeleteService.as_view(), name="service-delete"),
    path("people/", People.as_view(), name="people"),
    path("people/new/", Invite.as_view(), name="person-new"),
    path("people/<uuid:key>/", EditPerson.as_view(), name="person"),
    path("people/<uuid:key>/activate/", SwitchPerson.as_view(active=True), name="person-activate"),
    path("people/<uuid:key>/deactivate/", SwitchPerson.as_view(), name="person-deactivate"),
    path("people/<uuid:key>/link/", PasswordLink.as_view(), name="person-link"),
    path("roles/", Roles.as_view(), name="roles"),
    path("keys/", Keys.as_view(), name="keys"),
    path("keys/new/", NewKey.as_view(), name="key-new"),
    path("keys/<uuid:key>/revoke/", RevokeKey.as_view(), name="key-revoke"),
    path("audit/", Audit.as_view(), name="audit"),
    path("audit/<uuid:key>/", Entry.as_view(), name="entry"),
]

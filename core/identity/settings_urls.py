"""Under /app/settings/."""

from django.urls import path

from core.identity.pages.people import (
    EditPerson,
    EndSession,
    Invite,
    PasswordLink,
    People,
    ResetSecondFactor,
    SwitchPerson,
)

urlpatterns = [
    path("people/", People.as_view(), name="people"),
    path("people/new/", Invite.as_view(), name="person-new"),
    path("people/<uuid:key>/", EditPerson.as_view(), name="person"),
    path("people/<uuid:key>/activate/", SwitchPerson.as_view(active=True), name="person-activate"),
    path("people/<uuid:key>/deactivate/", SwitchPerson.as_view(), name="person-deactivate"),
    path(
        "people/<uuid:key>/second-factor/reset/",
        ResetSecondFactor.as_view(),
        name="person-second-factor",
    ),
    path("people/<uuid:key>/link/", PasswordLink.as_view(), name="person-link"),
    path(
        "people/<uuid:key>/sessions/<uuid:session>/end/",
        EndSession.as_view(),
        name="person-session-end",
    ),
]

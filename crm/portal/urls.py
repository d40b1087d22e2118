"""Under /portal/: every address of an organization's portal begins with its short name."""

from django.urls import include, path

from crm.portal import access, appointments, privacy, profile
from customers.choices import PortalLinkPurpose

app_name = "portal"

of_organization = [
    path("", appointments.Home.as_view(), name="home"),
    path("sign-in/", access.PortalSignIn.as_view(), name="sign-in"),
    path("send-link/", access.SendLink.as_view(), name="send-link"),
    path(
        "forgotten/",
        access.SendLink.as_view(purpose=PortalLinkPurpose.PASSWORD),
        name="forgotten",
    ),
    path("code/", access.EnterCode.as_view(), name="code"),
    path("link/<str:token>/", access.Link.as_view(), name="link"),
    path("enter/", access.Enter.as_view(), name="enter"),
    path("verify/<str:token>/", access.Link.as_view(leads_to="verify"), name="verify-link"),
    path("verify/", access.Verify.as_view(), name="verify"),
    path("sign-out/", access.PortalSignOut.as_view(), name="sign-out"),
    path("language/", access.Language.as_view(), name="language"),
    path("colour.css", access.Colour.as_view(), name="colour"),
    path("appointments/<uuid:key>/confirm/", appointments.PortalConfirm.as_view(), name="confirm"),
    path("appointments/<uuid:key>/cancel/", appointments.PortalCancel.as_view(), name="cancel"),
    path("appointments/<uuid:key>/calendar.ics", appointments.File.as_view(), name="file"),
    path("appointments/<uuid:key>/move/", appointments.PortalMove.as_view(), name="move"),
    path("book/", appointments.PortalBook.as_view(), name="book"),
    path("profile/", profile.PortalProfile.as_view(), name="profile"),
    path("profile/email/", profile.ChangeEmail.as_view(), name="email"),
    path("profile/password/", profile.ChangePassword.as_view(), name="password"),
    path("profile/verify/", profile.AskForVerification.as_view(), name="ask-verification"),
    path("preferences/", profile.PortalPreferences.as_view(), name="preferences"),
    path("privacy/", privacy.Privacy.as_view(), name="privacy"),
    path("privacy/download/", privacy.PortalDownload.as_view(), name="download"),
    path("privacy/erasure/", privacy.Erasure.as_view(), name="erasure"),
]

urlpatterns = [
    path("", access.Which.as_view(), name="which"),
    path("<slug:organization>/", include(of_organization)),
]

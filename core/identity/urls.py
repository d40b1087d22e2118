"""Under /app/."""

from django.urls import path

from core.identity.pages.second_factor import RenewCodes, SetUp, TurnOff
from core.identity.pages.sign_in import (
    Account,
    EndOwnSession,
    Forgotten,
    KeptForm,
    OwnName,
    Reset,
    SignIn,
    SignOut,
)

app_name = "identity"
urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("kept-form/", KeptForm.as_view(), name="kept-form"),
    path("sign-out/", SignOut.as_view(), name="sign-out"),
    path("account/", Account.as_view(), name="account"),
    path("account/name/", OwnName.as_view(), name="own-name"),
    path("account/sessions/<uuid:key>/end/", EndOwnSession.as_view(), name="session-end"),
    path("account/second-factor/", SetUp.as_view(), name="second-factor"),
    path("account/second-factor/codes/", RenewCodes.as_view(), name="paper-codes"),
    path("account/second-factor/off/", TurnOff.as_view(), name="second-factor-off"),
    path("forgotten/", Forgotten.as_view(), name="forgotten"),
    path("reset/<str:user_id>/<str:token>/", Reset.as_view(), name="reset"),
]

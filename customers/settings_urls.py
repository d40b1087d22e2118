"""Under /app/settings/."""

from django.urls import path

from customers.pages import privacy_desk, retention, wordings

urlpatterns = [
    path("privacy/", privacy_desk.PrivacyDesk.as_view(), name="privacy"),
    path("privacy/<uuid:key>/done/", privacy_desk.FinishRequest.as_view(), name="privacy-done"),
    path("privacy/<uuid:key>/refuse/", privacy_desk.RefuseRequest.as_view(), name="privacy-refuse"),
    path("privacy/<uuid:key>/erase/", privacy_desk.EraseCustomer.as_view(), name="privacy-erase"),
    path("retention/", retention.Retention.as_view(), name="retention"),
    path("retention/erase/", retention.EraseInactive.as_view(), name="retention-erase"),
    path("wordings/", wordings.Wordings.as_view(), name="wordings"),
    path("wordings/new/", wordings.NewWording.as_view(), name="wording-new"),
    path("wordings/<uuid:key>/", wordings.EditWording.as_view(), name="wording"),
    path(
        "wordings/<uuid:key>/activate/",
        wordings.SwitchWording.as_view(active=True),
        name="wording-activate",
    ),
    path(
        "wordings/<uuid:key>/deactivate/",
        wordings.SwitchWording.as_view(),
        name="wording-deactivate",
    ),
    path("wordings/<uuid:key>/delete/", wordings.DeleteWording.as_view(), name="wording-delete"),
]

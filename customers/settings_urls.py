"""Under /app/settings/."""

from django.urls import path

from customers.pages import wordings

urlpatterns = [
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

"""Under /app/."""

from django.conf import settings
from django.urls import path

from core.ui.base_views import Place, Preferences, Start
from core.ui.gallery import Components, ComponentsForm

app_name = "pages"
urlpatterns = [
    path("", Start.as_view(), name="start"),
    path("preferences/", Preferences.as_view(), name="preferences"),
    path("place/", Place.as_view(), name="place"),
]
if settings.DEBUG or settings.TESTING:
    urlpatterns += [
        path("components/", Components.as_view(), name="components"),
        path("components/form/", ComponentsForm.as_view(), name="components-form"),
    ]

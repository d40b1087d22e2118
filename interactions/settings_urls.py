"""Under /app/settings/."""

from django.urls import path

from interactions.pages import channels

urlpatterns = [path("channels/", channels.Channels.as_view(), name="channels")]

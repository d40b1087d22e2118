"""Under /app/settings/."""

from django.urls import path

from core.webhooks import pages

urlpatterns = [
    path("webhooks/", pages.Webhooks.as_view(), name="webhooks"),
    path("webhooks/new/", pages.NewWebhook.as_view(), name="webhook-new"),
    path("webhooks/<uuid:key>/", pages.WebhookPage.as_view(), name="webhook"),
    path("webhooks/<uuid:key>/edit/", pages.EditWebhook.as_view(), name="webhook-edit"),
    path("webhooks/<uuid:key>/on/", pages.SwitchWebhook.as_view(active=True), name="webhook-on"),
    path("webhooks/<uuid:key>/off/", pages.SwitchWebhook.as_view(), name="webhook-off"),
    path("webhooks/<uuid:key>/test/", pages.TestWebhook.as_view(), name="webhook-test"),
    path("webhooks/<uuid:key>/secret/", pages.RotateSecret.as_view(), name="webhook-secret"),
    path("webhooks/<uuid:key>/delete/", pages.DeleteWebhook.as_view(), name="webhook-delete"),
    path("webhooks/deliveries/<uuid:key>/", pages.DeliveryPage.as_view(), name="webhook-delivery"),
    path("webhooks/deliveries/<uuid:key>/replay/", pages.Replay.as_view(), name="webhook-replay"),
]

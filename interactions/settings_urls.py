"""Under /app/settings/."""

from django.urls import path

from interactions.pages import channels, replies

urlpatterns = [
    path("channels/", channels.Channels.as_view(), name="channels"),
    path("replies/", replies.Replies.as_view(), name="replies"),
    path("replies/new/", replies.NewReply.as_view(), name="reply-new"),
    path("replies/<uuid:key>/", replies.EditReply.as_view(), name="reply"),
    path(
        "replies/<uuid:key>/activate/",
        replies.SwitchReply.as_view(active=True),
        name="reply-activate",
    ),
    path("replies/<uuid:key>/deactivate/", replies.SwitchReply.as_view(), name="reply-deactivate"),
    path("replies/<uuid:key>/delete/", replies.DeleteReply.as_view(), name="reply-delete"),
]

"""The pages of conversations and of what is logged, under /app/."""

from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from interactions.choices import ConversationStatus
from interactions.pages import conversation_list, follow_ups, log, new_conversation, thread
from interactions.pages import thread_changes as changes

app_name = "interactions"

_ONE = "conversations/<uuid:conversation_id>"


def _mark(name: str, done: Any, back: str, **values: Any) -> URLPattern:
    view = changes.Mark.as_view(values=values, done=done, back=f"interactions:{back}")
    return path(f"conversations/<uuid:conversation_id>/{name}/", view, name=name)


urlpatterns: list[URLPattern] = [
    path("conversations/", conversation_list.Conversations.as_view(), name="conversations"),
    path("conversations/new/", new_conversation.WhoWith.as_view(), name="who-with"),
    path("conversations/<uuid:conversation_id>/", thread.Thread.as_view(), name="conversation"),
    path(
        "conversations/<uuid:conversation_id>/subject/", changes.Subject.as_view(), name="subject"
    ),
    path(f"{_ONE}/assign/", changes.Assign.as_view(), name="assign"),
    path(f"{_ONE}/snooze/", changes.SnoozeThread.as_view(), name="snooze"),
    path(f"{_ONE}/join/", changes.Join.as_view(), name="join"),
    path(f"{_ONE}/replies/<uuid:key>/", thread.FilledReply.as_view(), name="filled-reply"),
    path(f"{_ONE}/notes/<uuid:key>/delete/", changes.DeleteNote.as_view(), name="note-delete"),
    path(
        f"{_ONE}/later/<uuid:key>/cancel/",
        changes.CancelScheduled.as_view(),
        name="scheduled-cancel",
    ),
    _mark("resolve", _("Resolved."), "reopen", status=ConversationStatus.RESOLVED),
    _mark("reopen", _("Open again."), "resolve", status=ConversationStatus.OPEN),
    _mark("ticket", _("It is now a ticket."), "no-ticket", is_ticket=True),
    _mark("no-ticket", _("It is no longer a ticket."), "ticket", is_ticket=False),
    path(
        "customers/<uuid:customer_id>/conversations/new/",
        new_conversation.NewConversation.as_view(),
        name="conversation-new",
    ),
    path(
        "customers/<uuid:customer_id>/follow-ups/new/",
        follow_ups.NewFollowUp.as_view(),
        name="follow-up-new",
    ),
    path("follow-ups/<uuid:follow_up_id>/", follow_ups.FollowUpPage.as_view(), name="follow-up"),
    path(
        "follow-ups/<uuid:follow_up_id>/complete/",
        follow_ups.CompleteFollowUp.as_view(),
        name="follow-up-complete",
    ),
    path(
        "follow-ups/<uuid:follow_up_id>/reopen/",
        follow_ups.ReopenFollowUp.as_view(),
        name="follow-up-reopen",
    ),
    path(
        "follow-ups/<uuid:follow_up_id>/delete/",
        follow_ups.DeleteFollowUp.as_view(),
        name="follow-up-delete",
    ),
    path("customers/<uuid:customer_id>/log/", log.Log.as_view(), name="log"),
    path("interactions/<uuid:interaction_id>/", log.Logged.as_view(), name="interaction"),
    path(
        "interactions/<uuid:interaction_id>/delete/",
        log.DeleteLogged.as_view(),
        name="interaction-delete",
    ),
]

"""The saved replies, among the settings."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.lists import Column
from core.ui.row_pages import DeleteRow, EditRow, NewRowPage, RowList, RowPage, RowWords, SwitchRow
from interactions.models import ReplyTemplate
from interactions.replies import (
    create_reply_template,
    delete_reply_template,
    reply_fields,
    update_reply_template,
)
from interactions.selectors import reply_templates


class ReplyForm(ServiceForm):
    model = ReplyTemplate

    name = forms.CharField(max_length=150, help_text=gettext_lazy("By which the staff choose it."))
    text = forms.CharField(max_length=10_000, widget=forms.Textarea(attrs={"rows": 6}))
    wide = ("name", "text")

    @property
    def reply_fields(self) -> list[tuple[str, str | Promise]]:
        """What may stand in the text, and what it is filled with."""
        return [(f"{{{name}}}", each.labels[name]) for name, each in reply_fields().items()]


class ReplyRows(RowPage):
    permission: ClassVar[Permission | None] = Permission.LOG
    noun, list_name, model = "reply", "replies", ReplyTemplate
    form_class: ClassVar[type[ServiceForm]] = ReplyForm
    words = RowWords(
        plural=gettext_lazy("Saved replies"),
        new=gettext_lazy("New reply"),
        add=gettext_lazy("Save the reply"),
        added=gettext_lazy("The reply is added."),
        delete=gettext_lazy("Delete the reply"),
        deleted=gettext_lazy("The reply is deleted."),
        delete_warning=gettext_lazy("It is gone for good. What was written by it stays."),
        in_use=gettext_lazy("It is in use."),
        none=gettext_lazy("No saved replies yet"),
        none_help=gettext_lazy(
            "Save what you write often, and insert it where you write a message."
        ),
        icon="chat",
        save_warning=gettext_lazy("Saving can’t be undone: the text that stood here is gone."),
    )

    def rows(self) -> "QuerySet[Any]":
        return reply_templates(actor=self.actor)

    def create(self, values: Mapping[str, Any]) -> ReplyTemplate:
        return create_reply_template(actor=self.actor, values=values)

    def update(self, key: UUID, values: Mapping[str, Any]) -> ReplyTemplate:
        return update_reply_template(actor=self.actor, template_id=key, values=values)

    def delete(self, key: UUID) -> None:
        delete_reply_template(actor=self.actor, template_id=key)


class Replies(ReplyRows, RowList):
    template = fragment = "settings/replies.html"
    columns = (
        Column(gettext_lazy("Name"), "name"),
        Column(gettext_lazy("Text")),
        Column(gettext_lazy("State"), "is_active"),
        Column(""),
    )
    sorts = ("name", "-is_active")
    shown = ("text",)

    def may_manage(self) -> bool:
        return self.actor.may(Permission.LOG)


class NewReply(ReplyRows, NewRowPage):
    template = "settings/reply.html"


class EditReply(ReplyRows, EditRow):
    template = "settings/reply.html"


class SwitchReply(ReplyRows, SwitchRow):
    pass


class DeleteReply(ReplyRows, DeleteRow):
    pass

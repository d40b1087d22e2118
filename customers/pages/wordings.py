"""The saved wordings of consents, among the settings."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from core.tenancy.policy import Permission
from core.ui.fields import WholeField
from core.ui.forms import ServiceForm
from core.ui.lists import Column
from core.ui.row_pages import DeleteRow, EditRow, NewRowPage, RowList, RowPage, RowWords, SwitchRow
from customers.choices import ConsentChannel, ConsentPurpose
from customers.models import ConsentWording
from customers.selectors.consents import wording_versions, wordings
from customers.services.wordings import create_wording, delete_wording, update_wording


class WordingForm(ServiceForm):
    model = ConsentWording

    name = forms.CharField(max_length=150, help_text=gettext_lazy("By which the staff choose it."))
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    purpose = forms.ChoiceField(choices=ConsentPurpose.choices)
    channel = forms.ChoiceField(choices=ConsentChannel.choices)
    text = forms.CharField(max_length=10_000, widget=forms.Textarea(attrs={"rows": 5}))
    months = WholeField(
        min_value=1,
        max_value=1200,
        required=False,
        help_text=gettext_lazy("After that a consent counts no more. Empty: until withdrawn."),
    )
    wide = ("text",)


class WordingRows(RowPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_PRIVACY
    noun, list_name, model = "wording", "wordings", ConsentWording
    form_class: ClassVar[type[ServiceForm]] = WordingForm
    words = RowWords(
        plural=gettext_lazy("Consent wordings"),
        new=gettext_lazy("New wording"),
        add=gettext_lazy("Add the wording"),
        added=gettext_lazy("The wording is added."),
        delete=gettext_lazy("Delete the wording"),
        deleted=gettext_lazy("The wording is deleted."),
        delete_warning=gettext_lazy(
            "It is gone for good. A wording that somebody has consented to can only be deactivated."
        ),
        in_use=gettext_lazy(
            "Customers have consented to this wording, so it stays as proof. Deactivate it instead."
        ),
        none=gettext_lazy("No saved wordings yet"),
        none_help=gettext_lazy(
            "The texts that ask customers for consent. Every consent names the version it was "
            "given to."
        ),
        icon="file",
        save_warning=gettext_lazy(
            "Saving can’t be undone: another text begins a new version, and the earlier ones stay."
        ),
    )

    def rows(self) -> "QuerySet[Any]":
        return wordings(actor=self.actor)

    def create(self, values: Mapping[str, Any]) -> ConsentWording:
        return create_wording(actor=self.actor, values=values)

    def update(self, key: UUID, values: Mapping[str, Any]) -> ConsentWording:
        return update_wording(actor=self.actor, wording_id=key, values=values)

    def delete(self, key: UUID) -> None:
        delete_wording(actor=self.actor, wording_id=key)


class Wordings(WordingRows, RowList):
    template = fragment = "settings/wordings.html"
    columns = (
        Column(gettext_lazy("Wording"), "name"),
        Column(gettext_lazy("Purpose"), "purpose"),
        Column(gettext_lazy("Channel"), "channel"),
        Column(gettext_lazy("Language"), "language"),
        Column(gettext_lazy("Version"), "version"),
        Column(gettext_lazy("State"), "is_active"),
        Column(""),
    )
    sorts = ("name", "purpose", "channel", "language", "version", "-is_active")
    shown = ("purpose", "channel", "language", "version")

    def show(self, context: Any = None, *, status: int = 200) -> Any:
        for row in context["page"].rows:
            row["purpose"] = ConsentPurpose(row["purpose"]).label
            row["channel"] = ConsentChannel(row["channel"]).label
        return super().show(context, status=status)

    def may_manage(self) -> bool:
        return self.actor.may(Permission.MANAGE_PRIVACY)


class NewWording(WordingRows, NewRowPage):
    template = "settings/wording.html"

    def initial(self) -> dict[str, Any]:
        usual = {"language": self.actor.organization.language, "channel": ConsentChannel.ALL}
        return {**usual, **super().initial()}


class EditWording(WordingRows, EditRow):
    """With what people were shown before."""

    template = "settings/wording.html"

    def context(self, form: ServiceForm) -> dict[str, Any]:
        versions = wording_versions(actor=self.actor, wording_id=self.kwargs["key"])
        return {**super().context(form), "versions": versions.order_by("-number")}


class SwitchWording(WordingRows, SwitchRow):
    pass


class DeleteWording(WordingRows, DeleteRow):
    pass

"""
Forms that write through the domain's services, whose refusals stand beside the fields they concern.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest
from django.utils.http import urlencode

from core.errors import DomainError, Stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.admin.refusals import Refusals


class ServiceForm(Refusals, forms.ModelForm):  # type: ignore[type-arg]
    """
    A form whose last step of validation is the write itself.

    So what a service refuses is an error like any other: nothing is written, what was typed stays.
    The admin runs the whole request in one transaction. Only fields that were changed go to the
    service; `seen` tells whether someone else has changed the row since the form was shown.
    """

    request: ClassVar[HttpRequest]
    model_admin: ClassVar[Any]

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = self.instance._state.adding
        self.mark = "" if self.is_new else mark_of(self.instance)
        self.initial["seen"] = self.mark

    def values(self) -> dict[str, Any]:
        """The domain's fields that the person changed, as the service takes them."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "seen"}

    def _post_clean(self) -> None:
        if self.errors:
            return
        try:
            self._refuse_stale()
            if self.is_new:
                self.instance = self.model_admin.create(self.request, self.values())
            else:
                self.instance = self.model_admin.update(self.request, self.instance, self.values())
        except DomainError as error:
            self.refuse(error)

    def _refuse_stale(self) -> None:
        if not self.is_new and self.cleaned_data.get("seen") != self.mark:
            raise Stale(
                "Someone else has changed this record since you opened it. Reload the page to see "
                "their changes."
            )

    def validate_unique(self) -> None:
        """The database decides, through the service."""

    def validate_constraints(self) -> None:
        """The same."""


def mark_of(row: Any) -> str:
    """What changes whenever the row does."""
    for name in ("version", "updated_at"):
        if hasattr(row, name):
            return str(getattr(row, name))
    return ""


class ScopedAutocomplete(AutocompleteSelect):
    """
    Asks for rows of the place where the form's row belongs; the view takes that only from a super
    admin.
    """

    def __init__(self, field: Any, admin_site: Any, actor: Actor) -> None:
        super().__init__(
            field, admin_site, attrs={"class": "unfold-admin-autocomplete admin-autocomplete"}
        )
        self.actor = actor

    def get_url(self) -> str:
        url = str(super().get_url())
        if self.actor.may(Permission.CROSS_ORGANIZATIONS):
            url += "?" + urlencode(
                {
                    "organization": str(self.actor.organization.pk),
                    "environment": self.actor.environment,
                }
            )
        return url

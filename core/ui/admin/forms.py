"""Forms of the admin whose values go to the domain's services."""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils import timezone
from django.utils.http import urlencode

from core.errors import DomainError
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.base_forms import DomainForm, mark_of


class ServiceModelForm(DomainForm, forms.ModelForm):  # type: ignore[type-arg]
    """
    Only fields that were changed go to the service; `seen` tells whether someone else has changed
    the row since the form was shown.

    The admin class makes the call (`ServiceAdmin.save_form`). What it refuses comes back as
    `refusal`, with which the same form is shown again.
    """

    refusal: ClassVar[DomainError | None] = None

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
        """The instance stays as it was read: rules and writing are the service's."""
        if self.refusal is not None:
            self.refuse(self.refusal)
        elif not (self.errors or self.is_new or self.cleaned_data.get("seen") == self.mark):
            self.add_error(
                None,
                "Someone else has changed this record since you opened it. Reload the page to see "
                "their changes.",
            )


class AdminMomentField(forms.SplitDateTimeField):
    """
    A day and a time on the clock of the active zone, which the help text names.

    A time that occurs twice on its day (clocks go back) is the first of the two, as in
    `appointments.slots`; Django would refuse it, also where nobody touched the field. One that
    doesn't occur is refused.
    """

    def compress(self, data_list: Any) -> dt.datetime | None:
        if data_list and not any(part in self.empty_values for part in data_list):
            first = timezone.make_aware(dt.datetime.combine(*data_list))
            if first.utcoffset() != first.replace(fold=1).utcoffset() and _occurs(first):
                return first
        return super().compress(data_list)


def _occurs(local: dt.datetime) -> bool:
    back = local.astimezone(dt.UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


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

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """What is no id can't be looked up: the field refuses it."""
        return super().optgroups(name, [key for key in value if parse_id(key)], attr)

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

"""
The base of every admin class: who may is the policy's to say, which rows is the tenant's fence's,
and writing is the services'.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from core.errors import DomainError
from core.fields import PhoneField
from core.requests.allowances import spend
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.admin.forms import AdminMomentField, ScopedAutocomplete, ServiceModelForm
from core.ui.admin.lists import (
    CappedChangeList,
    CappedPaginator,
    EnvironmentFilter,
    OrganizationFilter,
)
from core.ui.place import actor_for_row, actor_of_request, rows_in

FILTER_LOOKUPS = ("__exact", "__in", "__isnull", "__gte", "__lt", "__year", "__month", "__day")
"""What Django's own list filters and date hierarchies add to a field's name."""

BULK = 1000
"""How many rows one action takes at most."""


class ServiceAdmin(ModelAdmin):  # type: ignore[misc]
    """
    `permissions` maps view, add, change, delete, import and export to the policy; what it leaves
    out nobody may.

    A class that may add, change or delete says how by `create_row`, `update_row` and `delete_row`,
    each one call of a service.
    """

    permissions: ClassVar[Mapping[str, Permission]] = {}
    create_row: ClassVar[Callable[..., Any] | None] = None
    update_row: ClassVar[Callable[..., Any] | None] = None
    delete_row: ClassVar[Callable[..., Any] | None] = None
    menu_group: ClassVar[str] = ""
    menu_icon: ClassVar[str] = ""
    """Where the list stands in the sidebar (`crm.admin_site.MENU_GROUPS`)."""

    fixed_fields: ClassVar[Sequence[str]] = ()
    """Fields that are chosen once, when the row is made."""

    form = ServiceModelForm
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    list_disable_select_all = True
    warn_unsaved_form = True
    date_hierarchy = None
    tenant_columns = True

    # Which rows

    def actor(self, request: HttpRequest) -> Actor:
        return actor_of_request(request)

    def crosses(self, request: HttpRequest) -> bool:
        return self.actor(request).may(Permission.CROSS_ORGANIZATIONS)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        if self.crosses(request):
            rows = self.model.objects.unscoped()
            related = [] if self.list_select_related is False else list(self.list_select_related)
            rows = rows.select_related("organization", *related) if self.tenant_columns else rows
        else:
            rows = self.model.objects.for_actor(self.actor(request))
        return rows.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        """
        Over all organizations only the primary key (whose beginning is the time) can be followed.
        """
        if self.crosses(request) and not request.GET.get(OrganizationFilter.parameter_name):
            return ["-pk"]
        return self.ordering or ["-pk"]

    def get_sortable_by(self, request: HttpRequest) -> Sequence[str]:
        if self.crosses(request) and not request.GET.get(OrganizationFilter.parameter_name):
            return []
        return super().get_sortable_by(request)  # type: ignore[no-any-return]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CappedChangeList]:
        return CappedChangeList

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        columns = list(super().get_list_display(request))
        if self.tenant_columns and self.crosses(request):
            columns.append("organization")
            columns += (
                ["environment"] if self._has("environment") and "environment" not in columns else []
            )
        return columns

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        filters = list(super().get_list_filter(request))
        if self.tenant_columns and self.crosses(request):
            filters += [
                OrganizationFilter,
                *([EnvironmentFilter] if self._has("environment") else []),
            ]
        return filters

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """
        What the filters beside the list ask, and nothing else. Django lets any lookup on the
        model's own columns pass, so that a list would answer questions about password hashes letter
        by letter, and run a stranger's regular expression.
        """
        filters = self.get_list_filter(request) if request is not None else self.list_filter
        names = {_filtered_by(item) for item in filters} | (
            {self.date_hierarchy} if self.date_hierarchy else set()
        )
        return lookup in {name + suffix for name in names for suffix in ("", *FILTER_LOOKUPS)}

    def _has(self, name: str) -> bool:
        return any(field.name == name for field in self.opts.concrete_fields)

    # Who may

    def _may(self, request: HttpRequest, act: str) -> bool:
        permission = self.permissions.get(act)
        return (
            permission is not None
            and request.user.is_authenticated
            and self.actor(request).may(permission)
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.create_row is not None and self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.update_row is not None and self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.delete_row is not None and self._may(request, "delete")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "import")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "export")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "view")

    # Forms

    def zone(self, request: HttpRequest, obj: Any) -> ZoneInfo:
        """Whose clock the form's times are read on and shown on."""
        return ZoneInfo(actor_for_row(request, obj).organization.time_zone)

    def zone_help(self, obj: Any) -> str:
        """What stands beside a day and time that can be typed."""
        return _("Time zone: %(zone)s.") % {"zone": readable_zone()}

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        request._staff_row = obj  # type: ignore[attr-defined]
        timezone.activate(self.zone(request, obj))  # until the request ends (AdminTimeZone)
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "_refusal", None)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        first, *rest = (
            (name, dict(options)) for name, options in super().get_fieldsets(request, obj)
        )
        if (
            obj is not None
            and self.has_change_permission(request, obj)
            and "seen" not in first[1]["fields"]
        ):
            first[1]["fields"] = [*first[1]["fields"], "seen"]
        return [first, *rest]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fields += self.fixed_fields
            fields += [
                name
                for name in ("organization", "environment")
                if self.crosses(request) and self._has(name)
            ]
        return fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Accepts rows of the place where the form's row belongs, and no others."""
        actor = actor_for_row(request, getattr(request, "_staff_row", None))
        field = forms.ModelChoiceField(
            queryset=rows_in(db_field.remote_field.model, actor),
            required=not db_field.blank,
            label=capfirst(db_field.verbose_name),
            help_text=db_field.help_text,
            widget=ScopedAutocomplete(db_field, self.admin_site, actor),
        )
        field.error_messages["invalid_choice"] = (
            f"No {db_field.remote_field.model._meta.verbose_name} with this ID."
        )
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, PhoneField):
            kwargs["max_length"] = 120
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        if isinstance(db_field, models.DateTimeField):
            kwargs["form_class"] = AdminMomentField
            told = self.zone_help(getattr(request, "_staff_row", None))
            kwargs["help_text"] = f"{db_field.help_text} {told}".strip()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    # Writing

    def create(self, request: HttpRequest, values: Mapping[str, Any]) -> Any:
        assert self.create_row is not None
        return type(self).create_row(actor=self.actor(request), values=values)  # type: ignore[misc]

    def update(self, request: HttpRequest, row: Any, values: Mapping[str, Any]) -> Any:
        assert self.update_row is not None
        return type(self).update_row(actor=actor_for_row(request, row), row=row, values=values)  # type: ignore[misc]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """
        What the service refuses rolls the request's transaction back, and is shown beside its field
        in the same form.
        """
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            request._refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """The row as the service has written it, in the transaction of the request."""
        if change:
            return self.update(request, form.instance, form.values())
        return self.create(request, form.values())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Written by the service (`save_form`)."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The same."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        assert self.delete_row is not None
        type(self).delete_row(actor=actor_for_row(request, obj), row=obj)  # type: ignore[misc]

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """All or none."""
        spend(self.actor(request), "bulk")
        with transaction.atomic():
            for row in queryset[:BULK]:
                self.delete_model(request, row)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the services delete, without walking through everything that refers to it."""
        named = [str(row) for row in objs[:BULK]]
        return named, {self.opts.verbose_name_plural: len(named)}, set(), []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect(
                reverse(
                    f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id]
                )
            )

    def response_action(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        try:
            return super().response_action(request, queryset)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect(request.get_full_path())

    # The audit trail is the one record of changes; Django's own log would keep names of people who
    # have themselves erased.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Recorded by the service."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Recorded by the service."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Recorded by the service."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        return redirect(reverse("admin:audit_auditentry_changelist") + f"?q={object_id}")


class ReadOnlyAdmin(ServiceAdmin):
    """Rows that are looked at and never written by hand."""

    actions = None
    warn_unsaved_form = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """All of them; of which organization and environment matters to those who see several."""
        place = {"organization", "environment"} if not self.crosses(request) else set()
        return self.fields or [
            field.name
            for field in self.opts.concrete_fields
            if not field.primary_key and field.name not in place
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        return self.get_fields(request, obj)


def readable_zone() -> str:
    """The active time zone, as people read it: `America/New York`."""
    return timezone.get_current_timezone_name().replace("_", " ")


def _filtered_by(item: Any) -> str:
    """
    The parameter of an entry of `list_filter`: a field's name, that name with a class, or a filter
    class.
    """
    if isinstance(item, str):
        return item
    return str(item[0] if isinstance(item, tuple | list) else item.parameter_name)


def by_id(service: Callable[..., Any], key: str) -> Callable[..., Any]:
    """
    A service that takes the row's id under the name `key`, as `update_row` and `delete_row` call
    it.
    """

    def call(*, actor: Actor, row: models.Model, **values: Any) -> Any:
        return service(actor=actor, **{key: row.pk}, **values)

    return staticmethod(call)

"""Projects: each with its next steps, and the list of all."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy.policy import Permission
from core.ui.fields import MomentField, MoneyField
from core.ui.formatting import money
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment, safe_next
from core.ui.views import Page
from customers.choices import ProjectStatus, ProjectType
from customers.models import Project
from customers.pages.around import Deletion, FormOfCustomer, Watching
from customers.pages.links import of_customer
from customers.pages.project_beside import beside
from customers.selectors.work import (
    project,
    project_types,
)
from customers.services.work import create_project, delete_project, move_project, update_project

MOVES: Mapping[str, tuple[str, ...]] = {
    ProjectStatus.PLANNED: (
        ProjectStatus.SCHEDULED,
        ProjectStatus.IN_PROGRESS,
        ProjectStatus.COMPLETED,
        ProjectStatus.CANCELLED,
    ),
    ProjectStatus.SCHEDULED: (
        ProjectStatus.IN_PROGRESS,
        ProjectStatus.COMPLETED,
        ProjectStatus.CANCELLED,
    ),
    ProjectStatus.IN_PROGRESS: (
        ProjectStatus.COMPLETED,
        ProjectStatus.ON_HOLD,
        ProjectStatus.CANCELLED,
    ),
    ProjectStatus.ON_HOLD: (
        ProjectStatus.IN_PROGRESS,
        ProjectStatus.COMPLETED,
        ProjectStatus.CANCELLED,
    ),
    ProjectStatus.COMPLETED: (ProjectStatus.IN_PROGRESS,),
    ProjectStatus.CANCELLED: (ProjectStatus.PLANNED,),
}
"""Status → the ones that a button offers, the likeliest first."""

ENDED = (ProjectStatus.COMPLETED, ProjectStatus.CANCELLED)
"""After these nothing is to be done next."""

VERBS: Mapping[str, tuple[Any, str]] = {
    ProjectStatus.PLANNED: (gettext_lazy("Plan again"), "undo"),
    ProjectStatus.SCHEDULED: (gettext_lazy("Schedule"), "calendar"),
    ProjectStatus.IN_PROGRESS: (gettext_lazy("Start"), "play"),
    ProjectStatus.ON_HOLD: (gettext_lazy("Put on hold"), "clock"),
    ProjectStatus.COMPLETED: (gettext_lazy("Complete"), "check"),
    ProjectStatus.CANCELLED: (gettext_lazy("Cancel project"), "x"),
}
"""Status → what the button that leads there says, and its icon."""

AGAIN: Mapping[str, Any] = {
    ProjectStatus.ON_HOLD: gettext_lazy("Resume"),
    ProjectStatus.COMPLETED: gettext_lazy("Reopen"),
}
"""What “Start” is called when it was started before."""


class ProjectForm(ServiceForm):
    model = Project

    name = forms.CharField(
        max_length=150,
        required=False,
        help_text=gettext_lazy("Left empty, the kind of work is its name."),
    )
    project_type = forms.ChoiceField(initial=ProjectType.OTHER)
    status = forms.ChoiceField(
        choices=ProjectStatus.choices,
        initial=ProjectStatus.PLANNED,
    )
    total_amount = MoneyField(min_value=0, required=False)
    start_date = MomentField(required=False)
    completed_at = MomentField(required=False)
    notes = forms.CharField(
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    wide = ("name", "notes")

    def arrange(self) -> None:
        self.fields["project_type"].choices = project_types(actor=self.actor)  # type: ignore[attr-defined]
        self.fields["total_amount"].unit = self.actor.organization.currency  # type: ignore[attr-defined]
        if self.row is None:
            self.fields["name"].widget.attrs["autofocus"] = True
            del self.fields["completed_at"]
        else:
            del self.fields["status"]
            if (
                getattr(self.row, "completed_at", None) is None
                and getattr(self.row, "status", "") != ProjectStatus.COMPLETED
            ):
                del self.fields["completed_at"]

    def values(self) -> dict[str, Any]:
        found = super().values()
        if "total_amount" in found and found["total_amount"] is None:
            found["total_amount"] = 0
        return found


class NewProject(FormOfCustomer):
    needed = Permission.MANAGE_PROJECTS
    form_class = ProjectForm
    title = gettext_lazy("New project")
    submit = gettext_lazy("Create the project")
    success_message = gettext_lazy("The project is created.")

    def initial(self) -> dict[str, Any]:
        return {
            "project_type": ProjectType.OTHER,
            "status": ProjectStatus.PLANNED,
            **super().initial(),
        }

    def write(self, values: dict[str, Any]) -> str:
        create_project(actor=self.actor, values={**values, "customer": self.customer})
        return self.back


class ProjectPage(FormOfCustomer):
    """One project: what it is, its next steps, and its edit."""

    needed = Permission.MANAGE_PROJECTS
    shows = True
    template = "customers/around/project.html"
    form_class = ProjectForm
    success_message = gettext_lazy("The project is saved.")

    def row(self) -> Project:
        self.project = project(actor=self.actor, project_id=self.kwargs["project_id"])
        self.customer = self.project.customer
        return self.project

    @property
    def heading(self) -> str:
        return named(self.project)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        row = self.project
        return {
            "project": row,
            "status": ProjectStatus(row.status),
            "kind": ProjectType(row.project_type).label,
            "moves": moves_of(row.status) if self.may_change else [],
            "customer_url": self.customer_url,
            **(beside(self.actor, row, self.customer) if self.customer else {}),
        }

    def write(self, values: dict[str, Any]) -> str:
        update_project(actor=self.actor, project_id=self.kwargs["project_id"], values=values)
        return reverse("customers:project", args=[self.kwargs["project_id"]])


class ProjectPanel(Page):
    """A project beside the list; without JavaScript, its page."""

    fragment = "customers/around/project_panel.html"

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        if not is_fragment(request):
            return redirect(reverse("customers:project", args=[project_id]))
        row = project(actor=self.actor, project_id=project_id)
        may_change = self.actor.may(Permission.MANAGE_PROJECTS)
        return self.show(
            {
                "project": row,
                "status": ProjectStatus(row.status),
                "kind": ProjectType(row.project_type).label,
                "moves": moves_of(row.status) if may_change else [],
                "next": self._list_address(),
                "customer_url": of_customer(row.customer_id) if row.customer else "",
                **(beside(self.actor, row, row.customer) if row.customer else {}),
            }
        )

    def _list_address(self) -> str:
        """The list beside which it stands, with it open, for a step leads back there."""
        query = QueryDict(
            urlsplit(self.request.headers.get("HX-Current-URL", "")).query, mutable=True
        )
        query["open"] = str(self.kwargs["project_id"])
        return f"{reverse('customers:projects')}?{query.urlencode()}"


class MoveProject(Watching):
    """One step of a project, by one tap, which can be taken back by another."""

    permission = Permission.MANAGE_PROJECTS

    def post(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        row = project(actor=self.actor, project_id=project_id)
        self.watch(row.customer)
        asked = {
            name: request.POST.get(name) or request.GET.get(name)
            for name in ("status", "completed_at")
        }
        moved = move_project(actor=self.actor, project_id=project_id, **asked)
        said = _("%(project)s: %(status)s.") % {
            "project": named(moved),
            "status": moved.get_status_display(),
        }
        address = safe_next(request, request.POST.get("next", ""))
        return self.go(
            address or reverse("customers:project", args=[project_id]),
            self.with_changes(said),
            undo=self._undo(row, moved),
        )

    def _undo(self, before: Project, after: Project) -> str:
        """The address that takes the step back, with the day of completion that it took away."""
        if after.status == before.status:
            return ""
        back = {"status": before.status} | (
            {"completed_at": before.completed_at.isoformat()} if before.completed_at else {}
        )
        return reverse("customers:project-move", args=[before.pk], query=back)


class DeleteProject(Deletion):
    permission = Permission.MANAGE_PROJECTS
    title = gettext_lazy("Delete the project?")
    consequence = gettext_lazy(
        "Its amount leaves the customer's booked value; its payments stay. "
        "Cancelling it keeps it on record."
    )
    success_message = gettext_lazy("The project is deleted.")

    def row(self) -> Project:
        return project(actor=self.actor, project_id=self.kwargs["project_id"])

    def named(self, row: Any) -> str:
        return f"{named(row)} · {money(row.total_amount, self.actor.organization.currency)}"

    def back(self, row: Any) -> str:
        return reverse("customers:project", args=[row.pk])

    def delete(self) -> None:
        delete_project(actor=self.actor, project_id=self.kwargs["project_id"])


def named(row: Project) -> str:
    """A project's name; the kind of work when it has none."""
    return row.name or str(ProjectType(row.project_type).label)


def moves_of(status: str) -> list[dict[str, Any]]:
    """The buttons of a project's next steps."""
    found = []
    for place, target in enumerate(MOVES[status]):
        label, icon = VERBS[target]
        if target == ProjectStatus.IN_PROGRESS:
            label = AGAIN.get(status, label)
        found.append(
            {
                "status": target,
                "label": label,
                "icon": icon,
                "kind": "primary" if place == 0 and status not in ENDED else "",
            }
        )
    return found

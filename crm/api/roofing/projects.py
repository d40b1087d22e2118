"""Projects: the jobs that lifetime value is made of."""

from collections.abc import Mapping
from typing import Any

from crm.api.kernel.words import Word, Words
from crm.api.roofing.base import ResourceItem, ResourceList
from customers.filters import ProjectFilterSet
from customers.models import Project
from customers.selectors.work import projects
from customers.services import work


class ProjectWords(Words):
    id = Word(read_only=True)
    customer_id = Word("customer")
    name = Word()
    project_type = Word()
    total_amount = Word()
    status = Word()
    start_date = Word()
    completion_date = Word("completed_at")
    completed_at = Word()
    notes = Word()
    created_at = Word(read_only=True)
    updated_at = Word(read_only=True)

    class Meta:
        model = Project

    @classmethod
    def read(cls, data: Mapping[str, Any], *, refuse_read_only: bool = False) -> dict[str, Any]:
        """
        `completion_date` and `completed_at` are one moment; where both are sent, the first decides.
        """
        if "completion_date" in data:
            data = {key: value for key, value in data.items() if key != "completed_at"}
        return super().read(data, refuse_read_only=refuse_read_only)


class ProjectBase:
    noun = "Project"
    words_class = ProjectWords
    rows = staticmethod(projects)
    filterset_class = ProjectFilterSet
    create = work.create_project
    update = work.update_project
    delete_row = work.delete_project
    key = "project_id"


class ProjectsList(ProjectBase, ResourceList):
    pass


class ProjectItem(ProjectBase, ResourceItem):
    pass

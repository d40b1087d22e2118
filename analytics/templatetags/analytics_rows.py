"""Words for the rows behind figures."""

from django import template

from analytics.pages.words import duration
from customers.choices import ProjectStatus, ProjectType, Status

register = template.Library()


@register.filter
def status(value: str) -> Status:
    """A customer's status with its label and tone."""
    return Status(value)


@register.filter
def project_status(value: str) -> ProjectStatus:
    """A project's likewise."""
    return ProjectStatus(value)


@register.filter
def kind_of_work(value: str) -> str:
    return str(ProjectType(value).label)


@register.filter
def waited(seconds: float | None) -> str:
    return duration(seconds)

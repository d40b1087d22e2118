"""What was changed together, so that it can be taken back together."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.tenancy.scoping import TenantModel


class ChangeSet(TenantModel):
    """
    All that one request, form, job or import changed: the audit entries that bear its id, which say
    what each row was before and after. `undoes` is the set that this one took
    back, `undone_by` the latest that took this one back, unless that was taken back in turn.
    """

    at = models.DateTimeField(_("When"), default=now)
    actor_kind = models.CharField(_("Kind of actor"), max_length=10)
    actor_id = models.UUIDField(_("Actor ID"), null=True)
    actor_label = models.CharField(_("Who"), max_length=254)
    via = models.CharField(_("Door"), max_length=20, blank=True)
    action = models.CharField(_("What"), max_length=60, help_text="what it did first")
    undoes = models.UUIDField(_("Takes back"), null=True)
    undone_by = models.UUIDField(_("Taken back by"), null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["organization", "environment", "-id"], name="changeset_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_label}"

"""Taking changes of outlets and of an organization's settings back."""

from core.changes.restoring import ACTS, UPDATED, Kept, Restorer, RowChange
from core.tenancy.actor import Actor
from core.tenancy.models import Organization, Outlet
from core.tenancy.policy import Permission
from core.tenancy.services.organizations import update_organization


class OutletRestorer(Restorer):
    model = Outlet
    permissions = dict.fromkeys(ACTS, Permission.MANAGE_OUTLETS)


class OrganizationRestorer(Restorer):
    """Through the service: thresholds reach every customer."""

    model = Organization
    permissions = {UPDATED: Permission.MANAGE_THRESHOLDS}

    def undo_updated(self, actor: Actor, change: RowChange) -> None:
        if change.id != actor.organization.pk:
            raise Kept("final", "This is another organization's.")
        update_organization(actor=actor, organization=actor.organization, values=change.before)


RESTORERS = [OutletRestorer(), OrganizationRestorer()]

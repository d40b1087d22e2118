"""The words by which people are asked for consents: every change is a new version."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.audit.ledger import record
from core.cleaning import clean
from core.rows import Versions, get_row, initial_changes, refuse_stale, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import ConsentWording, WordingVersion


@writes(Permission.MANAGE_PRIVACY)
def create_wording(*, actor: Actor, values: Mapping[str, Any]) -> ConsentWording:
    """
    A saved wording, its first version. In the organization's language unless given one. Raises
    Forbidden, Invalid and Conflict.
    """
    cleaned = clean(ConsentWording, values, actor=actor, required=["name", "purpose", "text"])
    cleaned["language"] = cleaned.get("language") or actor.organization.language
    wording = ConsentWording.objects.add(actor, **cleaned)
    _keep(actor, wording)
    record(actor, "consentwording.created", subject=wording, changes=initial_changes(cleaned))
    return wording


@writes(Permission.MANAGE_PRIVACY)
def update_wording(
    *, actor: Actor, wording_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> ConsentWording:
    """
    Changes a wording; consents keep the version that they were given to. Raises Forbidden,
    NotFound, Invalid, Stale and Conflict.
    """
    wording = get_row(ConsentWording, actor=actor, key=wording_id, lock=True)
    cleaned = clean(ConsentWording, values, actor=actor)
    changes = save_changes(wording, cleaned, if_version=if_version)
    if changes:
        _keep(actor, wording)
        record(actor, "consentwording.updated", subject=wording, changes=changes)
    return wording


@writes(Permission.MANAGE_PRIVACY)
def delete_wording(*, actor: Actor, wording_id: UUID, if_version: Versions = None) -> None:
    """
    Deletes a wording that nobody has consented to. Raises Forbidden, NotFound, Stale and InUse (set
    `is_active` to false instead).
    """
    wording = get_row(ConsentWording, actor=actor, key=wording_id, lock=True)
    refuse_stale(wording, if_version)
    record(actor, "consentwording.deleted", subject=wording)
    wording.delete()


def _keep(actor: Actor, wording: ConsentWording) -> None:
    """The wording as it stands is one of its versions, numbered as the row's own."""
    WordingVersion.objects.add(
        actor,
        wording=wording,
        number=wording.version,
        text=wording.text,
        months=wording.months,
        written_by=actor.label,
    )

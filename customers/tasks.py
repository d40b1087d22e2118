"""Customers' work in the background. Safe to begin again."""

import datetime as dt
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.ids import parse_id
from core.jobs.running import Run
from core.jobs.tasks import job_task
from core.letters import RETRIED, send_letter
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers import counts
from customers.choices import CONSENT_FIELDS, PortalLinkPurpose
from customers.expired import expired_consents
from customers.figures import batches
from customers.filters import CustomerConditions
from customers.selectors.customers import customers
from customers.selectors.retention import due_for_erasure
from customers.services.comparing import compare_pending
from customers.services.customers import bulk_update_customers
from customers.services.expiry import expire_consents
from customers.services.jobs import start_everywhere, start_recalculation, start_segmentation
from customers.services.portal_access import clean_portal
from customers.services.portal_links import Letter, make_link
from customers.services.recalculation import recalculate_organization
from customers.services.retention import erase_if_inactive, start_automatic_retention
from customers.services.sensitive import follow_sensitive_fields
from customers.services.undo_details import drop_old_details

BATCH = 1000

SLICE = 10.0
"""Seconds for which the search for duplicates keeps other long work waiting."""


@job_task
def recalculate_lifetime_values(run: Run) -> dict[str, Any]:
    """
    Lifetime values, counters, and the labels that follow from them, of all customers from their
    source rows: {"changed": rows written}.
    """
    return {"changed": recalculate_organization(actor=run.actor, progress=run.progress)}


@job_task
def assign_segments(run: Run) -> dict[str, Any]:
    """
    Status, segment, engagement, health and risk of all customers as time and thresholds have them,
    from the figures that stand: {"changed": rows written}.
    """
    changed = recalculate_organization(actor=run.actor, progress=run.progress, labels_only=True)
    return {"changed": changed}


@job_task
def update_customers_in_bulk(run: Run) -> dict[str, Any]:
    """Begun again, it changes nothing on those it has changed already."""
    asked = run.parameters
    rows = customers(actor=run.actor, conditions=CustomerConditions.load(asked["conditions"]))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    run.progress(0, len(ids))
    updated = 0
    for some in batches(ids, BATCH):
        found = bulk_update_customers(
            actor=run.actor, customer_ids=some, values=asked["values"], add_tags=asked["add_tags"]
        )
        updated += len(found)
        run.progress(updated)
    return {"updated": updated}


@job_task
def conceal_sensitive_fields(run: Run) -> dict[str, Any]:
    """Custom fields as the organization's sensitive names have it: {"changed": customers}."""
    return {"changed": follow_sensitive_fields(actor=run.actor, progress=run.progress)}


@job_task
def erase_inactive(run: Run) -> dict[str, Any]:
    """
    Those who haven't been active since the job's `limit`: {"erased": customers}, counted in the
    transaction of each, so that a killed job's successor goes on with the rest.
    """
    limit = dt.datetime.fromisoformat(run.parameters["limit"])
    months, erased = run.parameters["months"], run.job.result.get("erased", 0)
    ids = list(due_for_erasure(actor=run.actor, months=months).values_list("pk", flat=True))
    run.progress(erased, erased + len(ids))
    for number, key in enumerate(sorted(ids), start=erased + 1):
        with transaction.atomic():
            if erase_if_inactive(actor=run.actor, customer_id=key, limit=limit, months=months):
                erased += 1
                run.keep({"erased": erased})
        run.progress(number)
    return {"erased": erased}


@shared_task
def start_recalculations() -> int:
    """Recalculates everywhere: repair, should a value ever differ from its rows."""
    return start_everywhere(start_recalculation)


@shared_task
def start_segmentations() -> int:
    """Assigns segments everywhere: for time passing."""
    return start_everywhere(start_segmentation)


@shared_task
def end_consents() -> int:
    """Has consents end whose moment has come, everywhere. Returns how many."""
    shown = Q()
    for name, (channel, purpose) in CONSENT_FIELDS.items():
        shown |= Q(channel=channel, purpose=purpose, **{f"customer__{name}": True})
    ended = expired_consents().filter(shown, customer__deleted_at=None)
    places: dict[tuple[Any, str], set[Any]] = {}
    for organization, environment, key in ended.values_list(
        "organization_id", "environment", "customer_id"
    ):
        places.setdefault((organization, environment), set()).add(key)
    organizations = Organization.objects.in_bulk([place[0] for place in places])
    return sum(
        expire_consents(
            actor=Actor.system(
                organization=organizations[organization], label="schedule", environment=environment
            ),
            customer_ids=some,
        )
        for (organization, environment), keys in places.items()
        for some in batches(sorted(keys), BATCH)
    )


@shared_task
def start_retentions() -> int:
    """Erases who has been away too long, where an organization's policy says so."""
    return start_everywhere(start_automatic_retention)


@shared_task(**RETRIED)
def mail_portal_link(
    organization_id: str, purpose: str, site: str, email: str, customer_id: str
) -> bool:
    """
    Sends a customer a new link to the portal, if there is one of this e-mail (or id) who may have
    it. Returns whether it went out. Every attempt makes a link of its own, in the last one's place.
    """
    organization = Organization.objects.filter(pk=organization_id).first()
    letter = organization and make_link(
        organization=organization,
        purpose=PortalLinkPurpose(purpose),
        email=email,
        customer_id=parse_id(customer_id),
    )
    if not (organization and letter):
        return False
    with translation.override(_language(organization, letter)):
        subject, text = _words(organization, letter, site)
        return send_letter(subject, text, letter.customer.email)


@shared_task
def fold_counts() -> int:
    """Keeps the counts of customers few rows. Returns how many changes were put together."""
    return counts.fold()


@shared_task
def clean_portal_access() -> int:
    """Deletes sessions and links that have ended. Returns how many."""
    return clean_portal()


def _language(organization: Organization, letter: Letter) -> str:
    known = dict(settings.LANGUAGES)
    chosen = (letter.customer.language, organization.language)
    return next((code[:2] for code in chosen if code[:2] in known), settings.LANGUAGE_CODE)


SUBJECTS = {
    PortalLinkPurpose.SIGN_IN: gettext_noop("Your link to %(name)s"),
    PortalLinkPurpose.PASSWORD: gettext_noop("Your new password for %(name)s"),
    PortalLinkPurpose.INVITATION: gettext_noop("Your appointments and data at %(name)s"),
    PortalLinkPurpose.VERIFY_EMAIL: gettext_noop("Is this your e-mail, %(name)s asks"),
}


def _words(organization: Organization, letter: Letter, site: str) -> tuple[str, str]:
    """Subject and text."""
    verifies = letter.purpose == PortalLinkPurpose.VERIFY_EMAIL
    page = "portal:verify-link" if verifies else "portal:link"
    minutes = int(letter.good_for.total_seconds()) // 60
    said = {
        "organization": organization,
        "purpose": letter.purpose.value,
        "customer": letter.customer,
        "code": letter.code,
        "minutes": minutes if minutes < 120 else 0,
        "hours": minutes // 60,
        "link": site + reverse(page, args=[organization.slug, letter.secret]),
    }
    subject = _(SUBJECTS[letter.purpose]) % {"name": " ".join(organization.name.split())}
    return subject, render_to_string("portal/letter.txt", said).strip() + "\n"


@shared_task
def forget_undo_details() -> int:
    """Deletes what was kept to be taken back, and can't be any more. Returns how many."""
    return drop_old_details()


@shared_task
def find_duplicates() -> int:
    """Looks for the look-alikes of those who have changed. Returns how many were looked at."""
    return compare_pending(seconds=SLICE)

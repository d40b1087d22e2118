"""Why a customer bears the status, segment and engagement that they bear, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.tenancy.models import Organization
from core.ui.formatting import money
from crm.pages.customer.advice import why_at_risk
from customers.choices import Engagement, Segment, Status
from customers.models import Customer
from customers.services.values import PINNED


def why_labelled(row: Customer, name: str, organization: Organization) -> str:
    """From what the field's value follows; nothing for fields that don't follow from others."""
    if name not in PINNED:
        return ""
    if getattr(row, PINNED[name]):
        return _("A person set this")
    return WHY[name][getattr(row, name)](row, organization)


def _worth(amount: Any, organization: Organization) -> str:
    value = money(amount, organization.currency)
    return _("Booked value above %(value)s") % {"value": value}


def _quiet(days: int) -> str:
    return ngettext("No activity for %(days)s day", "No activity for %(days)s days", days) % {
        "days": days
    }


def _gone(row: Customer, organization: Organization) -> str:
    months = organization.churned_months
    said = ngettext("No activity for %(n)s month", "No activity for %(n)s months", months)
    return said % {"n": months}


def _active(row: Customer, organization: Organization) -> str:
    days = organization.inactive_days
    said = ngettext("Active within the last day", "Active within the last %(n)s days", days)
    return said % {"n": days}


def _refers(row: Customer, organization: Organization) -> str:
    if row.referral_count:
        said = ngettext("Referred %(n)s customer", "Referred %(n)s customers", row.referral_count)
        return said % {"n": row.referral_count}
    return _("Is a referral partner")


def _repeats(row: Customer, organization: Organization) -> str:
    least = organization.repeat_projects
    return ngettext("%(n)s project or more", "%(n)s projects or more", least) % {"n": least}


def _engaged(row: Customer, organization: Organization) -> str:
    if row.status == Status.VIP:
        return _("Their status is VIP")
    return _worth(organization.premium_lifetime_value, organization)


def _new(row: Customer, organization: Organization) -> str:
    said = ngettext(
        "Customer for less than a day", "Customer for less than %(n)s days", organization.new_days
    )
    return said % {"n": organization.new_days}


WHY: Mapping[str, Mapping[str, Callable[[Customer, Organization], str]]] = {
    "status": {
        Status.CHURNED: _gone,
        Status.VIP: lambda row, home: _worth(home.vip_lifetime_value, home),
        Status.INACTIVE: lambda row, home: _quiet(home.inactive_days),
        Status.ACTIVE: _active,
    },
    "segment": {
        Segment.PREMIUM: lambda row, home: _worth(home.premium_lifetime_value, home),
        Segment.REFERRAL_SOURCE: _refers,
        Segment.REPEAT: _repeats,
        Segment.STANDARD: lambda row, home: _("None of the other segments fits"),
    },
    "engagement": {
        Engagement.VIP: _engaged,
        Engagement.INACTIVE: lambda row, home: (
            _("Their status is %(status)s") % {"status": Status(row.status).label}
        ),
        Engagement.AT_RISK: lambda row, home: why_at_risk(row),
        Engagement.NEW: _new,
        Engagement.REGULAR: lambda row, home: _("Neither new nor at risk"),
    },
}
"""What each value follows from, as `customers/figures.py` works it out."""

"""How the pages call what customers are and have."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.choices import Engagement, Segment, Status

STATUSES: Mapping[str, Any] = {
    Status.ACTIVE.value: _("Active"),
    Status.VIP.value: _("VIP"),
    Status.INACTIVE.value: _("Inactive"),
    Status.CHURNED.value: _("Churned"),
}
STATUS_TONES: Mapping[str, str] = {
    Status.ACTIVE.value: "good",
    Status.VIP.value: "accent",
    Status.CHURNED.value: "warn",
}

SEGMENTS: Mapping[str, Any] = {
    Segment.PREMIUM.value: _("Premium"),
    Segment.REFERRAL_SOURCE.value: _("Referral source"),
    Segment.REPEAT.value: _("Repeat"),
    Segment.STANDARD.value: _("Standard"),
}

ENGAGEMENTS: Mapping[str, Any] = {
    Engagement.VIP.value: _("VIP"),
    Engagement.REGULAR.value: _("Regular"),
    Engagement.NEW.value: _("New"),
    Engagement.AT_RISK.value: _("At risk"),
    Engagement.INACTIVE.value: _("Inactive"),
}

HEALTH = ((70, _("Strong"), "good"), (40, _("Fair"), "warn"), (0, _("Weak"), "bad"))
"""From which score on, the word for it and its tone."""


def health_band(score: int) -> tuple[str, str]:
    """The word and the tone of a health score."""
    return next((str(word), tone) for least, word, tone in HEALTH if score >= least)

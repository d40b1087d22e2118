"""This app's places in the sidebar and among the settings."""

from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.menu import MenuItem, SettingsCard
from customers.choices import PrivacyRequestStatus
from customers.selectors.consents import wordings
from customers.selectors.duplicates import count_duplicates
from customers.selectors.privacy import privacy_requests
from customers.selectors.retention import retention_policy

CUSTOMERS = MenuItem(label=_("Customers"), url_name="customers:list", icon="users", key="c")
PROJECTS = MenuItem(label=_("Projects"), url_name="customers:projects", icon="briefcase", key="p")

MOST = 99
"""Of more duplicates the sidebar says that they are more."""


def _duplicates(actor: Actor) -> str:
    number = count_duplicates(actor=actor, most=MOST + 1)
    return f"{MOST}+" if number > MOST else str(number or "")


DUPLICATES = MenuItem(
    label=_("Duplicates"),
    url_name="customers:duplicates",
    icon="merge",
    permission=Permission.MERGE,
    count=_duplicates,
)


def _wordings(actor: Actor) -> str:
    number = wordings(actor=actor).filter(is_active=True).count()
    return (
        ngettext("%(n)s wording", "%(n)s wordings", number) % {"n": number}
        if number
        else gettext("None yet")
    )


def _privacy(actor: Actor) -> str:
    """How many requests wait, and first of all whether any is overdue."""
    rows = privacy_requests(actor=actor).filter(status=PrivacyRequestStatus.OPEN).order_by()
    overdue = Q(due_at__lt=now())
    found = rows.aggregate(number=Count("pk"), overdue=Count("pk", filter=overdue))
    if found["overdue"]:
        return ngettext("%(n)s request overdue", "%(n)s requests overdue", found["overdue"]) % {
            "n": found["overdue"]
        }
    if not found["number"]:
        return gettext("Nothing is waiting")
    return ngettext("%(n)s request", "%(n)s requests", found["number"]) % {"n": found["number"]}


PRIVACY = SettingsCard(
    title=_("Data protection"),
    text=_("Requests under data protection law: what is due when, and what stands in the way."),
    icon="lock",
    url_name="settings:privacy",
    permission=Permission.MANAGE_PRIVACY,
    state=_privacy,
    words=_("GDPR, access, erasure"),
)


def _retention(actor: Actor) -> str:
    months = retention_policy(actor=actor).months
    if not months:
        return gettext("Everybody is kept")
    return ngettext("%(n)s month without activity", "%(n)s months without activity", months) % {
        "n": months
    }


RETENTION = SettingsCard(
    title=_("Retention"),
    text=_("When inactive customers are listed, and erased."),
    icon="clock",
    url_name="settings:retention",
    permission=Permission.MANAGE_PRIVACY,
    state=_retention,
    words=_("Delete, inactive customers"),
)

WORDINGS = SettingsCard(
    title=_("Consent wordings"),
    text=_("The texts that ask for consent, with every version kept."),
    icon="file",
    url_name="settings:wordings",
    permission=Permission.MANAGE_PRIVACY,
    state=_wordings,
    words=_("Marketing, permission to write"),
)

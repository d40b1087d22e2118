"""What customers, projects, transactions and consents can be."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.choices import OpenChoices, TonedChoices


class Status(TonedChoices):
    """
    How close a customer is to the company (roofing API): the first that fits of churned, vip,
    inactive, active.
    """

    ACTIVE = "active", "good", _("Active")
    INACTIVE = "inactive", _("Inactive")
    VIP = "vip", "accent", _("VIP")
    CHURNED = "churned", "bad", _("Churned")


class Segment(TonedChoices):
    """
    What a customer is worth (roofing API): the first that fits of premium, referral_source, repeat,
    standard.
    """

    PREMIUM = "premium", "accent", _("Premium")
    STANDARD = "standard", _("Standard")
    REPEAT = "repeat", _("Repeat")
    REFERRAL_SOURCE = "referral_source", _("Referral source")


class Engagement(TonedChoices):
    """
    How engaged a customer is (messaging and outlets APIs): the first that fits of vip (also an
    active customer worth as much as the segment premium asks), inactive, at_risk, new, regular.
    """

    VIP = "vip", "accent", _("VIP")
    REGULAR = "regular", "good", _("Regular")
    NEW = "new", "info", _("New")
    INACTIVE = "inactive", _("Inactive")
    AT_RISK = "at_risk", "warn", _("At risk")


class HealthBand(TonedChoices):
    """The words for a health score."""

    STRONG = "strong", "good", _("Strong")
    FAIR = "fair", "warn", _("Fair")
    WEAK = "weak", "bad", _("Weak")

    @classmethod
    def of(cls, score: int) -> "HealthBand":
        """From 70 points on strong, from 40 on fair."""
        return cls.STRONG if score >= 70 else cls.FAIR if score >= 40 else cls.WEAK


class IdentityKind(models.TextChoices):
    """
    Where an address reaches a person. A WhatsApp user id is what WhatsApp names a person by when it
    keeps the number to itself.
    """

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    WHATSAPP = "whatsapp", _("WhatsApp")
    WHATSAPP_ID = "whatsapp_id", _("WhatsApp user ID")


class IdentitySource(models.TextChoices):
    """
    What an address is known from: the customer's own columns, a message that came from it, a file
    that named several, or a customer who turned out to be the same person.
    """

    RECORD = "record", _("Customer record")
    MESSAGE = "message", _("Message")
    FILE = "file", _("File")
    MERGE = "merge", _("Merged customer")


class ContactMethod(models.TextChoices):
    """How customers usually want to be reached; the field is free text, these are suggested."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")


class ProjectType(OpenChoices):
    """Kinds of work; a company has its own beside these."""

    ROOF_REPLACEMENT = "roof_replacement", _("Roof replacement")
    REPAIR = "repair", _("Repair")
    INSPECTION = "inspection", _("Inspection")
    MAINTENANCE = "maintenance", _("Maintenance")
    GUTTERS = "gutters", _("Gutters")
    SIDING = "siding", _("Siding")
    OTHER = "other", _("Other")


class ProjectStatus(TonedChoices):
    PLANNED = "planned", pgettext_lazy("project", "Planned")
    SCHEDULED = "scheduled", "info", "calendar", pgettext_lazy("project", "Scheduled")
    IN_PROGRESS = "in_progress", "accent", "play", pgettext_lazy("project", "In progress")
    ON_HOLD = "on_hold", "warn", "clock", pgettext_lazy("project", "On hold")
    COMPLETED = "completed", "good", pgettext_lazy("project", "Completed")
    CANCELLED = "cancelled", "", "x", pgettext_lazy("project", "Cancelled")


class TransactionStatus(TonedChoices):
    PENDING = "pending", "warn", pgettext_lazy("payment", "Pending")
    COMPLETED = "completed", "good", pgettext_lazy("payment", "Paid")
    REFUNDED = "refunded", "info", "undo", pgettext_lazy("payment", "Refunded")
    FAILED = "failed", "bad", pgettext_lazy("payment", "Failed")


class PortalLinkPurpose(models.TextChoices):
    """What a one-time link to the portal is for."""

    SIGN_IN = "sign_in", _("Signing in")
    PASSWORD = "password", _("New password")
    INVITATION = "invitation", _("Invitation")
    VERIFY_EMAIL = "verify_email", _("Verifying the e-mail")


class ConsentChannel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    PUSH = "push", _("Push")
    WHATSAPP = "whatsapp", _("WhatsApp")
    ALL = "all", _("All channels")


class ConsentPurpose(models.TextChoices):
    NOTIFICATIONS = "notifications", _("Notifications")
    MARKETING = "marketing", _("Marketing")


CONSENT_FIELDS: dict[str, tuple[ConsentChannel, ConsentPurpose]] = {
    "notify_email": (ConsentChannel.EMAIL, ConsentPurpose.NOTIFICATIONS),
    "notify_sms": (ConsentChannel.SMS, ConsentPurpose.NOTIFICATIONS),
    "notify_push": (ConsentChannel.PUSH, ConsentPurpose.NOTIFICATIONS),
    "notify_whatsapp": (ConsentChannel.WHATSAPP, ConsentPurpose.NOTIFICATIONS),
    "marketing_consent": (ConsentChannel.ALL, ConsentPurpose.MARKETING),
}
"""The customer's column → what it is a consent to."""

PREFERENCE_FIELDS = (
    *CONSENT_FIELDS,
    "language",
    "contact_hours_start",
    "contact_hours_end",
    "accessibility_needs",
    "preferred_agent",
    "preferred_outlet",
    "preferred_categories",
    "preference_note",
)
"""The customer's columns that are preferences."""


class ConsentAnswer(TonedChoices):
    """How a customer stands to a channel: to have said no isn't to have never been asked."""

    GRANTED = "granted", "good", "check", _("Granted")
    NOT_ASKED = "not_asked", "", "minus", _("Not asked")
    WITHDRAWN = "withdrawn", "bad", "x-circle", _("Withdrawn")
    EXPIRED = "expired", "", "clock", pgettext_lazy("consent", "Expired")


class ConsentMethod(models.TextChoices):
    """How a person told the staff; other ways (an import, an API) are recorded by name."""

    IN_PERSON = "in person", _("In person")
    PHONE = "phone", _("On the phone")
    EMAIL = "e-mail", _("By e-mail")
    MESSAGE = "message", _("By message")
    PAPER_FORM = "paper form", _("On a paper form")
    WEB_FORM = "web form", _("On a web form")


class PrivacyRequestKind(models.TextChoices):
    """What a person may ask for, by the article of the GDPR."""

    ACCESS = "access", _("Access to their data")  # 15 and 20
    RECTIFICATION = "rectification", _("Correction")  # 16
    ERASURE = "erasure", pgettext_lazy("privacy", "Erasure")  # 17
    OBJECTION = "objection", _("Objection")  # 21


class PrivacyRequestStatus(TonedChoices):
    OPEN = "open", "warn", "clock", pgettext_lazy("privacy request", "Open")
    DONE = "done", "good", "check", pgettext_lazy("privacy request", "Done")
    REFUSED = "refused", "bad", "x", pgettext_lazy("privacy request", "Refused")


class MergeSide(models.TextChoices):
    """Whose value of a field the one customer has that two are made."""

    SURVIVOR = "survivor", _("The customer who is kept")
    LOSER = "loser", _("The other customer")


class DuplicateStatus(TonedChoices):
    """A pair that a person has refused isn't two records of one person, whatever speaks for it."""

    OPEN = "open", "warn", "users", pgettext_lazy("duplicates", "To look at")
    REFUSED = "refused", "info", "x", pgettext_lazy("duplicates", "Not the same")


class DuplicateEvidence(TonedChoices):
    """What speaks for two customers being one, or against it."""

    SAME_EMAIL = "same_email", "good", "mail", _("Same mailbox")
    SAME_PHONE = "same_phone", "good", "phone", _("Same phone")
    SAME_NAME = "same_name", "good", "user", _("Same name")
    NICKNAME = "nickname", "good", "user", _("Same name, one of them shortened")
    SWAPPED_NAME = "swapped_name", "good", "user", _("First and last name swapped")
    SIMILAR_NAME = "similar_name", "good", "user", _("Names differ by a letter or two")
    INITIAL = "initial", "good", "user", _("One name is an initial")
    PART_OF_NAME = "part_of_name", "good", "user", _("One record has only part of the name")
    NO_NAME = "no_name", "", "user", _("One record has no name")
    OTHER_LAST_NAME = "other_last_name", "warn", "user", _("Another last name")
    OTHER_FIRST_NAME = "other_first_name", "bad", "user", _("Another first name")
    OTHER_NAME = "other_name", "bad", "user", _("Another name")
    SAME_BIRTHDAY = "same_birthday", "good", "calendar", _("Same date of birth")
    OTHER_BIRTHDAY = "other_birthday", "bad", "calendar", _("Another date of birth")
    SAME_ADDRESS = "same_address", "good", "home", _("Same address")
    SAME_POSTAL_CODE = "same_postal_code", "good", "home", _("Same postal code")
    SAME_COMPANY = "same_company", "good", "briefcase", _("Same company")
    OTHER_COMPANY = "other_company", "bad", "briefcase", _("Another company")

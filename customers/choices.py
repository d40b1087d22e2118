"""Words of customers, projects, transactions and consents."""

from django.db import models


class Status(models.TextChoices):
    """
    How close a customer is to the company (roofing API): the first that fits of churned, vip,
    inactive, active.
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    VIP = "vip"
    CHURNED = "churned"


class Segment(models.TextChoices):
    """
    What a customer is worth (roofing API): the first that fits of premium, referral_source, repeat,
    standard.
    """

    PREMIUM = "premium"
    STANDARD = "standard"
    REPEAT = "repeat"
    REFERRAL_SOURCE = "referral_source"


class Engagement(models.TextChoices):
    """
    How engaged a customer is (messaging and outlets APIs): the first that fits of vip, inactive,
    at_risk, new, regular.
    """

    VIP = "vip"
    REGULAR = "regular"
    NEW = "new"
    INACTIVE = "inactive"
    AT_RISK = "at_risk"


class ProjectType(models.TextChoices):
    ROOF_REPLACEMENT = "roof_replacement"
    REPAIR = "repair"
    INSPECTION = "inspection"
    MAINTENANCE = "maintenance"
    GUTTERS = "gutters"
    SIDING = "siding"
    OTHER = "other"


class ProjectStatus(models.TextChoices):
    PLANNED = "planned"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TransactionStatus(models.TextChoices):
    PENDING = "pending"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    FAILED = "failed"


class ConsentChannel(models.TextChoices):
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WHATSAPP = "whatsapp"
    ALL = "all"


class ConsentPurpose(models.TextChoices):
    NOTIFICATIONS = "notifications"
    MARKETING = "marketing"

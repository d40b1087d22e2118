"""
The customer: one row holding the union of what the five documented APIs know of a person or
business.
"""

import json
from collections.abc import Sequence

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.clock import now
from core.encryption import EncryptedObjectField
from core.fields import (
    ByDayOfYear,
    DegreesField,
    KeyField,
    LatestFirst,
    MoneyField,
    ObjectField,
    PhoneField,
    amount,
    refuse_future,
    row_version,
    score,
)
from core.phones import MAX_EXTENSION
from core.tenancy.scoping import SameTenant, TenantModel
from customers.choices import Engagement, Segment, Status

LIVING = Q(deleted_at__isnull=True)
MERGED = Q(merged_into__isnull=False)

MAX_CUSTOM_FIELDS = 50
MAX_CUSTOM_BYTES = 10 * 1024
MAX_CUSTOM_DEPTH = 10


def check_custom_fields(value: object) -> None:
    """
    An object of at most 50 keys and 10 KB, nested at most 10 deep, without null characters. Raises
    ValidationError.
    """
    if not isinstance(value, dict):
        raise ValidationError("Must be an object.", code="invalid_object")
    if len(value) > MAX_CUSTOM_FIELDS:
        raise ValidationError(
            f"Has more than {MAX_CUSTOM_FIELDS} keys.",
            code="too_many_keys",
            params={"limit_value": MAX_CUSTOM_FIELDS},
        )
    pending: list[tuple[object, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if depth > MAX_CUSTOM_DEPTH:
            raise ValidationError(
                f"Is nested more than {MAX_CUSTOM_DEPTH} deep.",
                code="too_deep",
                params={"limit_value": MAX_CUSTOM_DEPTH},
            )
        if isinstance(item, dict):
            pending += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            pending += [(part, depth + 1) for part in item]
        elif isinstance(item, str) and "\x00" in item:
            raise ValidationError("Null characters are not allowed.", code="null_characters")
    size = len(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )
    )
    if size > MAX_CUSTOM_BYTES:
        raise ValidationError(
            f"Is larger than {MAX_CUSTOM_BYTES} bytes.",
            code="too_large",
            params={"limit_value": MAX_CUSTOM_BYTES},
        )


def check_short_texts(value: object) -> None:
    """A list of at most 20 texts of at most 150 characters. Raises ValidationError."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError("Must be a list of strings.", code="invalid_list")
    if len(value) > 20 or any(len(item) > 150 or "\x00" in item for item in value):
        raise ValidationError(
            "Holds at most 20 texts of at most 150 characters.",
            code="too_long",
            params={"limit_value": 20},
        )


class Customer(TenantModel):
    """
    A person or business. Computed columns are written by `customers.services.recalculation` alone.

    `version` moves with every change of something that a client can write, and makes the ETag.
    """

    EXTERNAL_ID = "external_id"
    """By which references find a customer who came from another system, too."""
    MERGED_INTO = "merged_into"
    """And one who isn't there any more under the id that somebody kept."""
    ID_PREFIX = "cust_"
    """One documented API shows a customer's id behind it; every door takes it back so."""

    version = row_version()
    created_at = models.DateTimeField(
        _("Added"), default=now, editable=False, validators=[refuse_future]
    )
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    deleted_at = models.DateTimeField(_("Deleted"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("Merged into"),
        on_delete=models.DO_NOTHING,  # erasing somebody erases whoever was merged into them
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        help_text="by whose name this customer is known since; deleted, too, and kept to be undone",
    )

    # names
    first_name = models.CharField(_("First name"), max_length=150, blank=True)
    last_name = models.CharField(_("Last name"), max_length=150, blank=True)
    company_name = models.CharField(_("Company"), max_length=150, blank=True)
    is_business = models.BooleanField(_("Business"), default=False)

    # contact
    email = models.EmailField(_("E-mail"), max_length=254, blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    phone_extension = models.CharField(
        _("Extension"),
        max_length=MAX_EXTENSION,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"\A[0-9]*\Z", "Holds digits alone.", code="invalid_extension")],
    )
    whatsapp_number = PhoneField(_("WhatsApp"), blank=True)
    alternative_phones = models.JSONField(_("Other phones"), default=list, blank=True)
    preferred_contact_method = models.CharField(_("Preferred contact"), max_length=50, blank=True)
    best_call_time = models.CharField(_("Best time to call"), max_length=100, blank=True)
    avatar_url = models.URLField(_("Picture"), max_length=500, blank=True)

    # person
    gender = models.CharField(_("Gender"), max_length=50, blank=True)
    date_of_birth = models.DateField(
        _("Date of birth"), null=True, blank=True, validators=[refuse_future]
    )

    # address
    street = models.CharField(_("Street"), max_length=150, blank=True)
    city = models.CharField(_("City"), max_length=150, blank=True)
    state = models.CharField(
        pgettext_lazy("part of an address", "State"), max_length=100, blank=True
    )
    postal_code = models.CharField(_("Postal code"), max_length=20, blank=True)
    country = models.CharField(_("Country"), max_length=100, blank=True)
    latitude = DegreesField(
        _("Latitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = DegreesField(
        _("Longitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )

    # property
    property_value = amount(verbose_name=_("Property value"), null=True, blank=True)
    property_type = models.CharField(_("Property type"), max_length=50, blank=True)
    roof_age = score(0, 500, verbose_name=_("Roof age"), null=True, blank=True, help_text="years")
    roof_type = models.CharField(_("Roof type"), max_length=50, blank=True)

    # origin
    source = models.CharField(_("Source"), max_length=50, blank=True)
    converted_from_lead_id = models.CharField(_("Lead ID"), max_length=100, blank=True)
    external_id = models.CharField(_("External ID"), max_length=150, blank=True)
    campaign = models.CharField(_("Campaign"), max_length=150, blank=True)
    referred_by = models.ForeignKey(
        "self",
        verbose_name=_("Referred by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    is_referral_partner = models.BooleanField(_("Referral partner"), default=False)

    # management
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.ACTIVE)
    status_pinned = models.BooleanField(
        _("Status pinned"),
        default=False,
        help_text="set by a person; recalculation leaves it alone",
    )
    is_deactivated = models.BooleanField(
        _("Deactivated"),
        default=False,
        editable=False,
        help_text="the pinned status says so until the customer writes or books again",
    )
    segment = models.CharField(
        _("Segment"), max_length=20, choices=Segment, default=Segment.STANDARD
    )
    segment_pinned = models.BooleanField(_("Segment pinned"), default=False)
    engagement = models.CharField(
        _("Engagement"), max_length=10, choices=Engagement, default=Engagement.NEW
    )
    engagement_pinned = models.BooleanField(_("Engagement pinned"), default=False)
    assigned_to = models.ForeignKey(
        "identity.User",
        verbose_name=_("Owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    notes = models.TextField(_("Notes"), max_length=10_000, blank=True)
    custom_fields = ObjectField(_("Custom fields"), blank=True, validators=[check_custom_fields])
    sensitive_values = EncryptedObjectField(
        _("Sensitive custom fields"),
        editable=False,
        help_text="of the custom fields whose values stand masked",
    )
    is_blocked = models.BooleanField(_("Blocked"), default=False)
    block_reason = models.CharField(_("Reason for blocking"), max_length=500, blank=True)
    nps_score = score(
        0,
        10,
        verbose_name=_("Net promoter score"),
        null=True,
        blank=True,
        help_text="net promoter score, 0 to 10",
    )
    satisfaction_rating = models.DecimalField(
        _("Satisfaction"),
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(5)],
    )
    loyalty_points = models.IntegerField(_("Loyalty points"), default=0, editable=False)
    customer_since = models.DateTimeField(
        _("Customer since"), default=now, validators=[refuse_future]
    )

    # portal
    password = models.CharField(
        _("Password"),
        max_length=128,
        blank=True,
        editable=False,
        help_text="hash; empty for a walk-in customer",
    )
    email_verified = models.BooleanField(_("E-mail verified"), default=False)

    # preferences
    notify_email = models.BooleanField(_("Notifications by e-mail"), default=True)
    notify_sms = models.BooleanField(_("Notifications by SMS"), default=False)
    notify_push = models.BooleanField(_("Push notifications"), default=False)
    notify_whatsapp = models.BooleanField(_("Notifications on WhatsApp"), default=False)
    marketing_consent = models.BooleanField(_("Marketing consent"), default=False)
    language = models.CharField(_("Language"), max_length=10, blank=True)
    contact_hours_start = models.TimeField(_("Contact from"), null=True, blank=True)
    contact_hours_end = models.TimeField(_("Contact until"), null=True, blank=True)
    accessibility_needs = models.CharField(_("Accessibility needs"), max_length=500, blank=True)
    preferred_agent = models.ForeignKey(
        "identity.User",
        verbose_name=_("Preferred agent"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    preferred_outlet = models.ForeignKey(
        "tenancy.Outlet",
        verbose_name=_("Preferred outlet"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    preferred_categories = models.JSONField(
        _("Preferred categories"), default=list, blank=True, validators=[check_short_texts]
    )
    preference_note = models.CharField(_("Wishes"), max_length=1000, blank=True)

    # computed
    lifetime_value = MoneyField(verbose_name=_("Lifetime value"), default=0, editable=False)
    project_count = models.PositiveIntegerField(_("Projects"), default=0, editable=False)
    referral_count = models.PositiveIntegerField(_("Referrals"), default=0, editable=False)
    referral_value = MoneyField(verbose_name=_("Value of referrals"), default=0, editable=False)
    interaction_count = models.PositiveIntegerField(_("Interactions"), default=0, editable=False)
    first_contact_at = models.DateTimeField(_("First contact"), null=True, editable=False)
    last_interaction_at = models.DateTimeField(
        _("Last contact"), null=True, editable=False, help_text="the latest interaction or message"
    )
    last_message_at = models.DateTimeField(_("Last message"), null=True, editable=False)
    conversation_count = models.PositiveIntegerField(_("Conversations"), default=0, editable=False)
    open_conversation_count = models.PositiveIntegerField(
        _("Open conversations"), default=0, editable=False
    )
    ticket_count = models.PositiveIntegerField(_("Tickets"), default=0, editable=False)
    message_count = models.PositiveIntegerField(_("Messages"), default=0, editable=False)
    average_response_seconds = models.PositiveIntegerField(
        _("Average response, seconds"), null=True, editable=False
    )
    total_appointments = models.PositiveIntegerField(_("Appointments"), default=0, editable=False)
    last_visit_at = models.DateTimeField(_("Last visit"), null=True, editable=False)
    total_spent = MoneyField(verbose_name=_("Spent on appointments"), default=0, editable=False)
    transaction_count = models.PositiveIntegerField(
        _("Payments"), default=0, editable=False, help_text="completed or refunded"
    )
    last_activity_at = models.DateTimeField(_("Last activity"), null=True, editable=False)
    health_score = models.PositiveSmallIntegerField(
        _("Health score"),
        default=0,
        editable=False,
        help_text="0 to 100, as of the last recalculation",
    )
    is_at_risk = models.BooleanField(_("At risk"), default=False, editable=False)

    # derived from the names, contact and city above, to be compared, ordered and searched by
    first_key = KeyField(max_length=150, blank=True, editable=False)
    last_key = KeyField(max_length=150, blank=True, editable=False)
    company_key = KeyField(max_length=150, blank=True, editable=False)
    city_key = KeyField(max_length=150, blank=True, db_default="", default="", editable=False)
    email_key = KeyField(max_length=254, blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)

    tags: Sequence[str]
    """The names of its tags, set by what has written them: nobody has to ask for them again."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "id"], name="customer_tenant"
            ),
            models.UniqueConstraint(
                fields=["organization", "environment", "email_key"],
                name="customer_email_unique",
                condition=LIVING & ~Q(email_key=""),
                violation_error_code="email",
            ),
            models.UniqueConstraint(
                fields=["organization", "environment", "phone"],
                name="customer_phone_unique",
                condition=LIVING & ~Q(phone=""),
                violation_error_code="phone",
            ),
            models.UniqueConstraint(
                fields=["organization", "environment", "external_id"],
                name="customer_external_id_unique",
                # a merged customer's finds the one who was kept
                condition=(LIVING | MERGED) & ~Q(external_id=""),
                violation_error_code="external_id",
            ),
            models.CheckConstraint(
                # the text that is searched holds every address, those of `Identity` too
                condition=~Q(first_name="", last_name="", company_name="", search_text=""),
                name="customer_identified",
                violation_error_message="A customer needs a name, an e-mail or a phone number.",
            ),
            models.CheckConstraint(
                condition=Q(nps_score=None) | Q(nps_score__lte=10), name="customer_nps_range"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction_rating=None)
                | Q(satisfaction_rating__gte=0, satisfaction_rating__lte=5),
                name="customer_rating_range",
            ),
            models.CheckConstraint(
                condition=Q(property_value=None) | Q(property_value__gte=0),
                name="customer_property_value_range",
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="customer_status_known"
            ),
            models.CheckConstraint(
                condition=Q(segment__in=Segment.values), name="customer_segment_known"
            ),
            SameTenant(field="referred_by", name="customer_referred_by_tenant"),
            SameTenant(field="merged_into", name="customer_merged_into_tenant"),
            SameTenant(
                field="assigned_to", name="customer_assigned_to_tenant", across_environments=True
            ),
            SameTenant(
                field="preferred_agent",
                name="customer_preferred_agent_tenant",
                across_environments=True,
            ),
            SameTenant(
                field="preferred_outlet",
                name="customer_preferred_outlet_tenant",
                across_environments=True,
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "environment", *columns, "id"], name=name, condition=LIVING
            )
            for name, columns in {
                "customer_by_created": ["created_at"],
                "customer_by_updated": ["updated_at"],
                "customer_by_value": ["lifetime_value"],
                "customer_by_health": ["health_score"],
                "customer_newest_of_segment": ["segment", "created_at"],
                "customer_newest_of_engagement": ["engagement", "created_at"],
                "customer_by_first": ["first_key"],
                "customer_by_last": ["last_key"],
                "customer_by_city_key": ["city_key"],
            }.items()
        ] + [
            models.Index(
                # with what such a list is most often narrowed by, so that it is counted, too,
                # without a look at the rows
                fields=[
                    *("organization", "environment", "status", "created_at", "id"),
                    "lifetime_value",
                ],
                name="customer_newest_by_status",
                condition=LIVING,
            ),
            models.Index(
                # without an id, so that the few values there are take little room
                fields=[
                    "organization",
                    "environment",
                    "is_business",
                    "is_blocked",
                    "is_referral_partner",
                ],
                name="customer_by_kind",
                condition=LIVING,
            ),
            models.Index(
                fields=["organization", "environment", "created_at", "id"],
                name="customer_newest_at_risk",
                condition=LIVING & Q(is_at_risk=True),
            ),
            models.Index(
                fields=["organization", "environment", "assigned_to", "created_at", "id"],
                name="customer_newest_of_owner",
                condition=LIVING & Q(assigned_to__isnull=False),
            ),
            models.Index(
                fields=["organization", "environment", "customer_since", "source"],
                name="customer_by_since",
                condition=LIVING,
            ),
            models.Index(
                fields=["organization", "environment", "deleted_at", "id"],
                name="customer_deleted",
                condition=Q(deleted_at__isnull=False),
            ),
            LatestFirst(
                fields=["organization", "environment", "last_interaction_at", "id"],
                name="customer_by_interaction",
                condition=LIVING,
            ),
            ByDayOfYear(
                fields=["organization", "environment", "date_of_birth", "id"],
                name="customer_by_birthday",
                condition=LIVING & Q(date_of_birth__isnull=False),
            ),
            models.Index(
                fields=["organization", "environment", "referred_by", "lifetime_value"],
                name="customer_referrals",
                condition=LIVING & Q(referred_by__isnull=False),
            ),
            # as Django indexes references, without the many customers who have none: a change of a
            # row is written into each index that the row stands in
            *(
                models.Index(
                    fields=[name],
                    name=f"customer_of_{name}",
                    condition=Q((f"{name}__isnull", False)),
                )
                for name in (
                    *("referred_by", "merged_into"),
                    *("assigned_to", "preferred_agent", "preferred_outlet"),
                )
            ),
            GinIndex(
                fields=["search_text"],
                name="customer_search",
                opclasses=["gin_trgm_ops"],
                condition=LIVING,
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """
        What a person calls this customer: the company for a business, else the names, else the
        contact. Who has neither is known by a WhatsApp user ID alone.
        """
        person = f"{self.first_name} {self.last_name}".strip()
        names = [self.company_name, person] if self.is_business else [person, self.company_name]
        contact = [self.email, self.phone, self.whatsapp_number]
        return next((name for name in [*names, *contact] if name), str(_("Unnamed")))

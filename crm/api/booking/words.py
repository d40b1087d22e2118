"""The booking API's customer."""

from crm.api.booking.base import shown_key
from crm.api.kernel.words import Computed, Row, Word, Words
from customers.choices import Status
from customers.models import Customer

ID = {"type": "string", "pattern": "^cust_[0-9a-f]{32}$"}
_COUNTED_AS_ACTIVE = (Status.ACTIVE, Status.VIP)


class BookingLookupWords(Words):
    """The first of these that is given decides alone."""

    customer_id = Word("id", schema={"type": ["string", "null"]})
    email = Word(schema={"type": ["string", "null"]})
    phone = Word(schema={"type": ["string", "null"]})

    class Meta:
        model = Customer


class BookingErasureWords(Words):
    customer_id = Word("id", schema={"type": "string"}, required=True)

    class Meta:
        model = Customer


class BookingAddressWords(Words):
    street = Word()
    city = Word()
    state = Word()
    postal_code = Word()
    country = Word()

    class Meta:
        model = Customer


class BookingPreferenceWords(Words):
    email_notifications = Word("notify_email")
    sms_notifications = Word("notify_sms")
    marketing_emails = Word("marketing_consent")

    class Meta:
        model = Customer


def _status(row: Row) -> str:
    if row["is_blocked"]:
        return "blocked"
    return "active" if row["status"] in _COUNTED_AS_ACTIVE else "inactive"


class BookingCustomerWords(Words):
    customer_id = Computed(lambda row: shown_key(row["id"]), "id", schema=ID)
    first_name = Word()
    last_name = Word()
    email = Word()
    phone = Word()
    date_of_birth = Word()
    address = BookingAddressWords()
    created_at = Word()
    last_visit = Word("last_visit_at")
    total_appointments = Word()
    preferences = BookingPreferenceWords()
    notes = Word()
    custom_fields = Word(schema={"type": "object", "additionalProperties": True})
    status = Computed(
        _status,
        "is_blocked",
        "status",
        schema={"type": "string", "enum": ["active", "inactive", "blocked"]},
    )

    class Meta:
        model = Customer

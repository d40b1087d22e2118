"""The customer in the native API's words."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.tenancy.actor import Actor
from core.text import national_digits
from crm.api.kernel.words import Computed, Row, Word, Words
from customers.models import Customer
from customers.selectors.customers import with_tags
from customers.tables import CUSTOMERS


class TagsWord(Word):
    """Tags as one text, separated by commas; a list is taken too."""

    def settle(self, key: str, model: Any) -> None:
        self.name = self.column = "tags"

    def read(self, raw: Any) -> Mapping[str, Any]:
        if isinstance(raw, str):
            return {"tags": [part.strip() for part in raw.split(",") if part.strip()]}
        return {"tags": raw}

    def show(self, row: Row) -> Any:
        return ",".join(row["tags"]) or None

    @property
    def columns(self) -> tuple[str, ...]:
        return ("id",)


def average(row: Row) -> int:
    """Lifetime value a project, in whole units."""
    count = row["project_count"]
    return int((row["lifetime_value"] / count).quantize(Decimal(1), ROUND_HALF_UP)) if count else 0


_INTEGER = {"type": "integer"}


class CustomerWords(Words):
    id = Word(read_only=True)
    first_name = Word()
    last_name = Word()
    company_name = Word()
    is_business = Word()
    email = Word()
    phone = Word()
    whatsapp_number = Word()
    alternative_phones = Word(schema={"type": ["array", "null"], "items": {"type": "string"}})
    avatar_url = Word()
    gender = Word()
    date_of_birth = Word()
    street_address = Word("street")
    city = Word()
    state = Word()
    zip_code = Word("postal_code")
    country = Word()
    latitude = Word()
    longitude = Word()
    property_value = Word()
    property_type = Word()
    roof_age = Word()
    roof_type = Word()
    original_source = Word("source")
    converted_from_lead_id = Word()
    external_id = Word()
    campaign = Word()
    referred_by = Word()
    is_referral_partner = Word()
    status = Word(
        schema={"type": ["string", "null"], "enum": ["active", "inactive", "vip", "churned", None]}
    )
    segment = Word(
        schema={
            "type": ["string", "null"],
            "enum": ["premium", "standard", "repeat", "referral_source", None],
        }
    )
    assigned_to = Word()
    tags = TagsWord(
        schema={
            "type": ["string", "array", "null"],
            "items": {"type": "string"},
            "description": "Separated by commas",
        }
    )
    notes = Word()
    custom_fields = Word(schema={"type": ["object", "null"], "additionalProperties": True})
    is_blocked = Word()
    block_reason = Word()
    nps_score = Word()
    satisfaction_rating = Word()
    preferred_contact_method = Word()
    best_call_time = Word()
    email_opt_in = Word("notify_email")
    sms_opt_in = Word("notify_sms")
    marketing_opt_in = Word("marketing_consent")
    language = Word()
    customer_since = Word()
    lifetime_value = Word(read_only=True)
    total_value = Word("lifetime_value", read_only=True)
    project_count = Word(read_only=True)
    avg_project_value = Computed(average, "lifetime_value", "project_count", schema=_INTEGER)
    last_interaction = Word("last_interaction_at", read_only=True)
    interaction_count = Word(read_only=True)
    referral_count = Word(read_only=True)
    referral_value = Word(read_only=True)
    created_at = Word(read_only=True)
    updated_at = Word(read_only=True)

    class Meta:
        model = Customer


class BulkWords(Words):
    """What bulk update may set."""

    status = Word()
    segment = Word()
    campaign = Word()
    tags = TagsWord(schema={"type": ["string", "array", "null"], "items": {"type": "string"}})
    assigned_to = Word()
    notes = Word()
    original_source = Word("source")
    is_referral_partner = Word()
    nps_score = Word()

    class Meta:
        model = Customer


def in_region(row: dict[str, Any], region: str) -> dict[str, Any]:
    """The row with phones of `region` as national digits."""
    for column in row.keys() & {"phone", "whatsapp_number"}:
        row[column] = national_digits(row[column], region)
    if "alternative_phones" in row:
        row["alternative_phones"] = [
            national_digits(number, region) for number in row["alternative_phones"]
        ]
    return row


def show_customers(rows: Sequence[dict[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    """The documented objects of rows."""
    region = actor.organization.default_region
    return CustomerWords.show_all(in_region(row, region) for row in with_tags(rows))


CUSTOMER_COLUMNS = {key: CUSTOMERS.names[key] for key in CustomerWords._declared_fields}
"""The documented keys → the columns that an export takes them from."""

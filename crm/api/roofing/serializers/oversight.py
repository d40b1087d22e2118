"""The audit trail, the people of the staff and their sessions, the organization."""

from core.audit.models import AuditEntry
from core.hours import WEEKLY_HOURS
from core.identity.models import Session, User
from core.tenancy.choices import Role
from core.tenancy.models import Organization
from crm.api.kernel.serializers import DomainField, DomainSerializer

_SECRET = {"type": "string", "format": "password"}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}


class AuditEntrySerializer(DomainSerializer):
    id = DomainField(read_only=True)
    at = DomainField(read_only=True)
    action = DomainField(read_only=True)
    actor_kind = DomainField(read_only=True)
    actor_id = DomainField(read_only=True)
    actor = DomainField(
        source="actor_label",
        read_only=True,
        schema={"type": ["string", "null"]},
        help_text="Null where nobody has shown who they are.",
    )
    via = DomainField(read_only=True)
    address = DomainField(read_only=True)
    request_id = DomainField(read_only=True)
    subject_type = DomainField(read_only=True, schema={"type": ["string", "null"]})
    subject_id = DomainField(read_only=True)
    customer_id = DomainField(read_only=True)
    changes = DomainField(
        read_only=True, help_text="Field → [before, after]; null where the values were erased."
    )

    class Meta:
        model = AuditEntry


class UserSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    email = DomainField()
    first_name = DomainField()
    last_name = DomainField()
    role = DomainField()
    takes_appointments = DomainField()
    working_hours = DomainField(schema=WEEKLY_HOURS, help_text="Null: whenever the outlet is open.")
    is_active = DomainField()
    created_at = DomainField(read_only=True)
    last_login = DomainField(read_only=True, schema=_MOMENT)
    second_factor_since = DomainField(read_only=True)

    class Meta:
        model = User


class UserChangeSerializer(UserSerializer):
    current_password = DomainField(
        write_only=True,
        schema=_SECRET,
        help_text="One's own present password, for changing one's own e-mail.",
    )


class SessionSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    kind = DomainField(read_only=True)
    address = DomainField(read_only=True)
    client = DomainField(read_only=True, help_text="What the program calls itself.")
    created_at = DomainField(read_only=True)
    expires_at = DomainField(read_only=True)

    class Meta:
        model = Session


class OrganizationSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    slug = DomainField(read_only=True)
    name = DomainField()
    is_active = DomainField(read_only=True)
    default_region = DomainField()
    currency = DomainField()
    time_zone = DomainField()
    language = DomainField()
    vip_lifetime_value = DomainField()
    premium_lifetime_value = DomainField()
    repeat_projects = DomainField()
    inactive_days = DomainField()
    churned_months = DomainField()
    at_risk_days = DomainField()
    new_days = DomainField()
    loyalty_points_per_unit = DomainField()
    reminder_hours = DomainField(schema={"type": "array", "items": {"type": "integer"}})
    sensitive_fields = DomainField(
        schema={"type": "array", "items": {"type": "string"}},
        help_text="Names of custom fields that are encrypted, and masked for who may not see them.",
    )
    second_factor_roles = DomainField(
        schema={"type": "array", "items": {"type": "string", "enum": Role.values}}
    )
    requests_per_minute = DomainField(read_only=True)
    portal_enabled = DomainField()
    portal_booking = DomainField()
    portal_change_hours = DomainField()
    portal_color = DomainField()
    created_at = DomainField(read_only=True)

    class Meta:
        model = Organization

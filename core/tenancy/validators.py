"""What Django's own validators don't know."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

from core.tenancy.choices import Role

MOST_LEAD_TIMES, LONGEST_LEAD = 5, 24 * 30
MOST_NAMES, LONGEST_NAME = 50, 150


def validate_lead_times(value: object) -> None:
    """Raises ValidationError unless it is a short list of whole hours, each once."""
    hours = value if isinstance(value, list) else [None]
    known = all(type(item) is int and 1 <= item <= LONGEST_LEAD for item in hours)
    if not known or len(set(hours)) != len(hours) or len(hours) > MOST_LEAD_TIMES:
        raise ValidationError(
            f"Must be a list of at most {MOST_LEAD_TIMES} different whole hours, from 1 to "
            f"{LONGEST_LEAD}.",
            code="invalid_lead_times",
        )


def validate_field_names(value: object) -> None:
    """Raises ValidationError unless it is a short list of names, each once."""
    names = value if isinstance(value, list) else [None]
    known = all(
        isinstance(item, str) and item.strip() and len(item) <= LONGEST_NAME for item in names
    )
    if not known or len(set(names)) != len(names) or len(names) > MOST_NAMES:
        raise ValidationError(
            f"Must be a list of at most {MOST_NAMES} different names of at most {LONGEST_NAME} "
            "characters.",
            code="invalid_names",
        )


def validate_time_zone(value: str) -> None:
    """Raises ValidationError unless the IANA database knows a zone of this name."""
    if value not in available_timezones():
        raise ValidationError(
            "Must be an IANA time zone such as America/Detroit.", code="invalid_zone"
        )


def validate_roles(value: object) -> None:
    """Raises ValidationError unless it is a list of roles, each once."""
    roles = value if isinstance(value, list) else [None]
    known = all(isinstance(item, str) and item in Role.values for item in roles)
    if not known or len(set(roles)) != len(roles):
        raise ValidationError(
            f"Must be a list of different roles of: {', '.join(Role.values)}.",
            code="invalid_roles",
        )

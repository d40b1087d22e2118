"""What Django's own validators don't know."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError


def validate_time_zone(value: str) -> None:
    """Raises ValidationError unless the IANA database knows a zone of this name."""
    if value not in available_timezones():
        raise ValidationError(
            "Must be an IANA time zone such as America/Detroit.", code="invalid_zone"
        )

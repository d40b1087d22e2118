"""Custom fields, of which dialects show what the reader may see."""

from collections.abc import Sequence
from typing import Any

from crm.api.kernel.serializers import DomainField, Row
from customers.sensitive import custom_fields_for

OF_ITS_OWN = "sensitive_values"


class CustomFieldsField(DomainField):
    """An object. Sensitive values are masked until `for_reader` has put them in."""

    columns = ("custom_fields", OF_ITS_OWN)

    def __init__(self, **options: Any) -> None:
        options.setdefault("schema", {"type": ["object", "null"], "additionalProperties": True})
        super().__init__(**options)


def for_reader(rows: Sequence[Row], request: Any) -> Sequence[Row]:
    """
    The rows with the custom fields as whoever asks may see them. An answer that is kept, to be
    given again to the same Idempotency-Key, is masked for everybody.
    """
    if "Idempotency-Key" in request.headers:
        return rows
    return [{**row, "custom_fields": custom_fields_for(request.auth, row)} for row in rows]

"""
The booking API's grammar: POSTed identifiers, flat snake_case objects, `cust_` ids, status active,
inactive or blocked.
"""

from typing import Any
from uuid import UUID

from core.errors import Malformed, NotFound
from core.ids import parse_id
from crm.api.booking.errors import BOOKING, SCHEMA, error_statuses
from crm.api.kernel.views import DialectView

PREFIX = "cust_"


class BookingView(DialectView):
    """One documented operation: a POST that takes no query parameters."""

    dialect = BOOKING
    error_schema = SCHEMA
    error_statuses = staticmethod(error_statuses)
    http_method_names = ("post", "options")


def customer_key(text: Any) -> UUID:
    """
    The id behind a `cust_…` one. Raises NotFound for a text that isn't one in form, Malformed for
    what isn't a text.
    """
    if not isinstance(text, str):
        raise Malformed("customer_id: Must be a string.")
    key = parse_id(text.removeprefix(PREFIX))
    if key is None or len(text) != len(PREFIX) + 32:
        raise NotFound("Customer")
    return key


def shown_key(key: UUID) -> str:
    return f"{PREFIX}{key.hex}"

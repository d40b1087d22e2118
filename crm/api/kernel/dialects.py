"""The names of `crm.api.kernel.exceptions` that the views not yet made viewsets go by."""

from typing import Any

from crm.api.kernel.exceptions import STATUSES, Dialect, KeyOf, domain_error_of, listed_class

Worded = tuple[int, Any]
as_domain_error = domain_error_of
kind_of = listed_class

__all__ = ["STATUSES", "Dialect", "KeyOf", "Worded", "as_domain_error", "kind_of"]

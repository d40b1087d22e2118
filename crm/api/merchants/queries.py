"""The query parameters of the merchants' customer list, made into the domain's conditions."""

from typing import Any

from rest_framework import serializers

from crm.api.kernel.paging import PageNumberField
from crm.api.kernel.queries import Query
from crm.api.merchants.base import LARGEST_PAGE, PAGE_SIZE
from customers.filters import CustomerConditions

TYPES = {"business": True, "individual": False, "all": None}
ACTIVITY = {"active": True, "inactive": False, "all": None}

_TEXT = {"max_length": "must be shorter than or equal to {max_length} characters"}
_NUMBER = {"min_value": "must not be less than {min_value}", "invalid": "must be an integer number"}


class MeaningField(serializers.ChoiceField):
    """One of the documented words, as what it means."""

    def __init__(self, meanings: dict[str, bool | None]) -> None:
        message = f"must be one of the following values: {', '.join(meanings)}"
        super().__init__(
            choices=list(meanings),
            required=False,
            default="all",
            error_messages={"invalid_choice": message},
        )


class MerchantListQuery(Query):
    search = serializers.CharField(
        required=False, allow_blank=True, max_length=200, error_messages=_TEXT
    )
    type = MeaningField(TYPES)
    status = MeaningField(ACTIVITY)
    page = PageNumberField(default=1, error_messages=_NUMBER)
    pageSize = PageNumberField(default=PAGE_SIZE, most=LARGEST_PAGE, error_messages=_NUMBER)


def conditions(query: dict[str, Any]) -> CustomerConditions:
    """The domain's conditions for checked parameters."""
    return CustomerConditions(
        search=query.get("search") or None,
        is_business=TYPES[query["type"]],
        has_transactions=ACTIVITY[query["status"]],
    )

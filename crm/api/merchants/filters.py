"""The query parameters of the merchants' list of customers."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from core.filters import CharFilter, ChoiceField, ChoiceFilter, ConditionsFilterSet, permitted
from customers.filters import SEARCHED, CustomerConditions
from customers.models import Customer


class WordField(ChoiceField):
    def validate(self, value: str) -> None:
        words = permitted(self.choices)
        if value and value not in words:
            message = f"must be one of the following values: {', '.join(words)}"
            raise ValidationError(message, code="invalid_choice")


class WordFilter(ChoiceFilter):
    """One of the documented words, as what it means."""

    field_class = WordField

    def __init__(self, field_name: str, meanings: Mapping[str, bool | None]) -> None:
        super().__init__(field_name, choices=[(word, word) for word in meanings])
        self.meanings = meanings

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.meanings), "default": "all"}

    def condition(self, value: str, zone: str) -> bool | None:
        return self.meanings[value]


class MerchantCustomerFilterSet(ConditionsFilterSet[CustomerConditions]):
    search = CharFilter(
        max_length=SEARCHED,
        error_messages={
            "max_length": "must be shorter than or equal to %(limit_value)d characters"
        },
    )
    type = WordFilter("is_business", {"business": True, "individual": False, "all": None})
    status = WordFilter("has_transactions", {"active": True, "inactive": False, "all": None})

    class Meta:
        model = Customer
        conditions = CustomerConditions

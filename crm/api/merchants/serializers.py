"""The merchants' customer and transaction."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from crm.api.kernel.custom_fields import CustomFieldsField, for_reader
from crm.api.kernel.serializers import DomainField, DomainSerializer, Row
from customers.models import Customer, Transaction
from customers.services.naming import single_name


class NameField(DomainField):
    """One name, for a person or a business, kept in three columns."""

    columns = ("first_name", "last_name", "company_name", "is_business")
    sources = ("name", "first_name", "last_name", "company_name")

    def __init__(self, **options: Any) -> None:
        super().__init__(source="*", **options)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return {"name": data}

    def to_representation(self, row: Row) -> str | None:
        return single_name(**{column: row[column] for column in self.columns}) or None


class MerchantCustomerSerializer(DomainSerializer):
    customer_id = DomainField(source="id", read_only=True)
    external_id = DomainField()
    organization_id = DomainField(source="organization", read_only=True)
    name = NameField(schema={"type": ["string", "null"]})
    email = DomainField()
    phone_number = DomainField(source="phone")
    whatsapp_number = DomainField()
    country = DomainField()
    city = DomainField()
    address = DomainField(source="street")
    postal_code = DomainField()
    is_business = DomainField()
    metadata = CustomFieldsField(source="custom_fields")
    environment = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = Customer

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        return for_reader(rows, self.context["request"])


class MerchantTransactionSerializer(DomainSerializer):
    transaction_id = DomainField(source="id", read_only=True)
    description = DomainField(read_only=True)
    gross_amount = DomainField(read_only=True)
    currency_code = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    status = DomainField(
        read_only=True, schema={"type": "string", "enum": ["completed", "refunded"]}
    )

    class Meta:
        model = Transaction


class MerchantMessageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What deleting answers."""

    message = serializers.CharField()

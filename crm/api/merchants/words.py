"""The merchants' customer and transaction."""

from typing import Any

from crm.api.kernel.words import Row, Word, Words
from customers.models import Customer, Transaction
from customers.services.naming import single_name


class NameWord(Word):
    """One name, for a person or a business."""

    def settle(self, key: str, model: Any) -> None:
        self.name = self.column = "name"

    @property
    def columns(self) -> tuple[str, ...]:
        return ("first_name", "last_name", "company_name", "is_business")

    @property
    def answers_for(self) -> tuple[str, ...]:
        return ("name", "first_name", "last_name", "company_name")

    def show(self, row: Row) -> Any:
        return single_name(**{column: row[column] for column in self.columns}) or None


class MerchantCustomerWords(Words):
    customer_id = Word("id", read_only=True)
    organization_id = Word("organization", read_only=True)
    name = NameWord(schema={"type": ["string", "null"]})
    email = Word()
    phone_number = Word("phone")
    whatsapp_number = Word()
    country = Word()
    city = Word()
    address = Word("street")
    postal_code = Word()
    is_business = Word()
    metadata = Word(
        "custom_fields", schema={"type": ["object", "null"], "additionalProperties": True}
    )
    environment = Word(read_only=True)
    created_at = Word(read_only=True)
    updated_at = Word(read_only=True)

    class Meta:
        model = Customer


class MerchantTransactionWords(Words):
    transaction_id = Word("id", read_only=True)
    description = Word(read_only=True)
    gross_amount = Word(read_only=True)
    currency_code = Word(read_only=True)
    created_at = Word(read_only=True)
    status = Word(read_only=True, schema={"type": "string", "enum": ["completed", "refunded"]})

    class Meta:
        model = Transaction

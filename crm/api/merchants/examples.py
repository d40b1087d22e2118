"""
The documented requests and answers, for the OpenAPI document; the tests hold the server to them.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample

NEW: dict[str, Any] = {
    "name": "John Doe",
    "email": "john.doe@example.com",
    "phone_number": "+221771234567",
    "whatsapp_number": "+221771234567",
    "country": "Senegal",
    "city": "Dakar",
    "address": "123 Main Street",
    "postal_code": "12345",
    "is_business": False,
    "metadata": {"custom_field": "value"},
}
CHANGES: dict[str, Any] = {
    "name": "Jane Doe",
    "email": "jane.doe@example.com",
    "phone_number": "+221771234568",
    "metadata": {"updated_field": "new_value"},
}
CUSTOMER: dict[str, Any] = {
    "customer_id": "123e4567-e89b-12d3-a456-426614174000",
    "organization_id": "789e0123-e89b-12d3-a456-426614174000",
    **NEW,
    "environment": "live",
    "created_at": "2024-01-15T10:30:00Z",
    "updated_at": "2024-01-15T10:30:00Z",
}


def _request(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answer(name: str, value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


LIST = [
    _answer(
        "Customers",
        {
            "customers": [CUSTOMER],
            "pagination": {"page": 1, "pageSize": 50, "totalCount": 100, "totalPages": 2},
        },
    )
]
DETAIL = [_answer("Customer", CUSTOMER)]
CREATE = [_request("New customer", NEW), _answer("Created", CUSTOMER, "201")]
UPDATE = [
    _request("Changes", CHANGES),
    _request("A new e-mail", {"email": "new.email@example.com", "metadata": {"vip": True}}),
    _answer("Updated", {**CUSTOMER, **CHANGES, "updated_at": "2024-01-16T14:20:00Z"}),
]
DELETE = [_answer("Deleted", {"message": "Customer deleted successfully"})]
TRANSACTIONS = [
    _answer(
        "Transactions",
        [
            {
                "transaction_id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6071",
                "description": "Payment for Product A",
                "gross_amount": 10000.00,
                "currency_code": "XOF",
                "created_at": "2024-01-15T10:30:00Z",
                "status": "completed",
            },
            {
                "transaction_id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6070",
                "description": "Subscription Renewal",
                "gross_amount": 5000.00,
                "currency_code": "XOF",
                "created_at": "2024-01-10T08:15:00Z",
                "status": "completed",
            },
        ],
    )
]

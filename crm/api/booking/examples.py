"""
The documented requests and answers, for the OpenAPI document; the tests hold the server to them.
"""

from drf_spectacular.utils import OpenApiExample

KEY = "cust_0190a5c3b8f07d6e9f1b2c3d4e5f6071"


def _request(name: str, value: object) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answer(name: str, value: object) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=["200"])


RETRIEVE = [
    _request("By id", {"customer_id": KEY}),
    _request("By e-mail", {"email": "customer@example.com"}),
    _request("By phone", {"phone": "+1234567890"}),
    _answer(
        "Customer",
        {
            "customer_id": KEY,
            "first_name": "Sarah",
            "last_name": "Johnson",
            "email": "sarah.johnson@example.com",
            "phone": "+1234567890",
            "date_of_birth": "1990-05-15",
            "address": {
                "street": "123 Main St",
                "city": "San Francisco",
                "state": "CA",
                "postal_code": "94102",
                "country": "US",
            },
            "created_at": "2023-06-15T10:00:00Z",
            "last_visit": "2025-10-20T14:30:00Z",
            "total_appointments": 15,
            "preferences": {
                "email_notifications": True,
                "sms_notifications": True,
                "marketing_emails": False,
            },
            "notes": "Prefers morning appointments",
            "custom_fields": {},
            "status": "active",
        },
    ),
]

DELETE = [
    _request("By id", {"customer_id": KEY}),
    _answer("Erased", {"success": True, "customer_id": KEY, "deleted_at": "2025-11-06T10:30:00Z"}),
]

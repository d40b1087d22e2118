"""
The documented requests and answers, for the OpenAPI document; the tests hold the server to them.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample

JANE: dict[str, Any] = {
    "created_at": "2025-01-15T10:30:00Z",
    "email": "customer@example.com",
    "email_verified": True,
    "first_name": "Jane",
    "gender": "female",
    "id": "507f1f77-bcf8-6cd7-9943-901100000000",
    "is_active": True,
    "last_name": "Doe",
    "loyalty_points": 150,
    "phone": "+1234567890",
    "preferences": {
        "marketing_consent": True,
        "preferred_outlet_id": "507f1f77-bcf8-6cd7-9943-901300000000",
    },
    "total_appointments": 15,
}


def _answer(name: str, value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


def _request(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


LIST = [_answer("Customers", {"items": [JANE], "total": 1, "page": 1, "size": 20, "pages": 1})]

CREATE = [
    _request(
        "A customer of the portal",
        {
            "email": "customer@example.com",
            "first_name": "Jane",
            "last_name": "Doe",
            "password": "SecurePass123!",
            "phone": "+1234567890",
            "source": "website",
            "tenant_id": "507f1f77-bcf8-6cd7-9943-901100000000",
        },
    ),
    _answer("Customer", JANE, "201"),
]

READ = [_answer("Customer", JANE)]

PASSWORD = [_request("A new password", {"password": "SecurePass123!"}), _answer("Customer", JANE)]

UPDATE = [
    _request(
        "Changes",
        {"first_name": "Jane", "phone": "+1234567890", "preferences": JANE["preferences"]},
    ),
    _answer("Customer", JANE),
]

DELETE = [_answer("Deleted", {"message": "Customer has been deleted successfully"})]

_PREFERENCES = {
    "communication_preferences": {
        "email": True,
        "push_notifications": True,
        "sms": True,
        "whatsapp": False,
    },
    "language": "en",
    "marketing_consent": True,
    "notes": "Prefers morning appointments",
    "preferred_outlet_id": "507f1f77-bcf8-6cd7-9943-901300000000",
    "preferred_services": ["507f1f77-bcf8-6cd7-9943-901100000000"],
    "preferred_staff_ids": ["507f1f77-bcf8-6cd7-9943-901200000000"],
}

READ_PREFERENCES = [_answer("Preferences", _PREFERENCES)]

PREFERENCES = [_request("Preferences", _PREFERENCES), _answer("Preferences", _PREFERENCES)]

APPOINTMENTS = [
    _answer(
        "Appointments",
        {
            "appointments": [
                {
                    "id": "507f1f77-bcf8-6cd7-9943-904000000000",
                    "tenant_id": "507f1f77-bcf8-6cd7-9943-901000000000",
                    "outlet_id": "507f1f77-bcf8-6cd7-9943-902200000000",
                    "customer_id": "507f1f77-bcf8-6cd7-9943-901100000000",
                    "staff_id": "507f1f77-bcf8-6cd7-9943-902100000000",
                    "service_id": "507f1f77-bcf8-6cd7-9943-902000000000",
                    "appointment_date": "2025-01-25",
                    "start_time": "14:00:00",
                    "end_time": "15:30:00",
                    "status": "confirmed",
                    "total_price": 350000,
                    "notes": "Customer prefers window seat",
                    "created_at": "2025-01-20T10:00:00Z",
                    "updated_at": "2025-01-20T10:00:00Z",
                }
            ],
            "statistics": {
                "total_appointments": 28,
                "completed": 24,
                "cancelled": 2,
                "no_show": 1,
                "upcoming": 3,
            },
            "pagination": {"total": 28, "page": 1, "size": 20, "pages": 2},
        },
    )
]

STATISTICS = [
    _answer(
        "Summary",
        {
            "statistics": {
                "total_customers": 145,
                "active_customers": 138,
                "inactive_customers": 7,
                "verified_emails": 92,
                "customers_with_password": 115,
                "walk_in_customers": 30,
                "new_customers_in_period": 12,
                "total_appointments": 3456,
                "total_revenue": 125000000,
                "total_loyalty_points": 45000,
                "avg_appointments_per_customer": 23.8,
                "avg_spent_per_customer": 862068,
                "retention_rate": 78.5,
                "top_customers_by_appointments": [
                    {
                        "customer_id": "507f1f77-bcf8-6cd7-9943-901100000000",
                        "full_name": "John Doe",
                        "email": "john.doe@example.com",
                        "total_appointments": 52,
                        "total_spent": 4500000,
                    }
                ],
                "top_customers_by_revenue": [
                    {
                        "customer_id": "507f1f77-bcf8-6cd7-9943-901200000000",
                        "full_name": "Jane Smith",
                        "email": "jane.smith@example.com",
                        "total_appointments": 38,
                        "total_spent": 6200000,
                    }
                ],
                "customer_segments": {"vip": 25, "regular": 90, "new": 12, "at_risk": 18},
            },
            "period": {"from": "2025-01-01", "to": "2025-12-31"},
            "generated_at": "2025-10-08T10:00:00Z",
        },
    )
]

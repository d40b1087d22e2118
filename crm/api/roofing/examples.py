"""
The documented requests and answers, for the OpenAPI document; the tests hold the server to them.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample

JANE: dict[str, Any] = {
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "first_name": "Jane",
    "last_name": "Smith",
    "email": "jane.smith@example.com",
    "phone": "2485556789",
}


def _answer(name: str, value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


def _request(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


LIST = [
    _answer(
        "Customers",
        {
            "data": [
                {
                    **JANE,
                    "status": "active",
                    "segment": "premium",
                    "lifetime_value": 85000,
                    "project_count": 3,
                    "avg_project_value": 28333,
                    "customer_since": "2024-06-15T00:00:00Z",
                    "nps_score": 9,
                    "created_at": "2024-06-15T12:00:00Z",
                    "updated_at": "2025-01-01T12:00:00Z",
                }
            ],
            "pagination": {
                "page": 1,
                "per_page": 50,
                "total": 250,
                "total_pages": 5,
                "has_next": True,
                "has_prev": False,
            },
        },
    )
]

DETAIL = [
    _answer(
        "Customer",
        {
            "data": {
                **JANE,
                "street_address": "456 Oak Ave",
                "city": "Troy",
                "state": "MI",
                "zip_code": "48084",
                "property_value": 650000,
                "status": "vip",
                "segment": "premium",
                "lifetime_value": 125000,
                "project_count": 4,
                "avg_project_value": 31250,
                "customer_since": "2024-06-15T00:00:00Z",
                "last_interaction": "2025-01-01T10:00:00Z",
                "interaction_count": 45,
                "referral_count": 3,
                "referral_value": 75000,
                "is_referral_partner": True,
                "nps_score": 10,
                "satisfaction_rating": 4.8,
                "created_at": "2024-06-15T12:00:00Z",
            },
            "insights": {
                "health_score": 92,
                "nps_category": "promoter",
                "is_at_risk": False,
                "opportunities": [
                    "Candidate for referral program",
                    "High engagement - potential upsell opportunity",
                ],
                "recommendations": [
                    "Schedule quarterly check-in",
                    "Good time for roof inspection outreach",
                ],
            },
            "interaction_history": [
                {
                    "id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6071",
                    "type": "phone_call",
                    "date": "2025-01-01T10:00:00Z",
                    "notes": "Quarterly check-in call",
                    "outcome": "positive",
                }
            ],
            "projects": [
                {
                    "id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6072",
                    "project_type": "roof_replacement",
                    "total_amount": 45000,
                    "status": "completed",
                    "completed_at": "2024-08-15T00:00:00Z",
                }
            ],
        },
    )
]

CREATE = [
    _request(
        "New customer",
        {
            "first_name": "Alice",
            "last_name": "Johnson",
            "email": "alice@example.com",
            "phone": "2485557890",
            "street_address": "789 Pine St",
            "city": "Birmingham",
            "state": "MI",
            "zip_code": "48009",
            "property_value": 750000,
            "property_type": "single_family",
            "roof_age": 15,
            "roof_type": "asphalt_shingle",
            "converted_from_lead_id": "lead_uuid",
            "original_source": "google_ads",
            "assigned_to": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6073",
            "notes": "Premium customer, referred by Bob Smith",
            "tags": "premium,referral",
        },
    ),
    _answer(
        "Created",
        {
            "data": {
                "id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6074",
                "first_name": "Alice",
                "last_name": "Johnson",
                "email": "alice@example.com",
                "status": "active",
                "segment": "standard",
                "customer_since": "2025-01-01T12:00:00Z",
                "created_at": "2025-01-01T12:00:00Z",
            }
        },
        "201",
    ),
]

UPDATE = [
    _request(
        "Changes",
        {
            "phone": "2485551111",
            "status": "vip",
            "nps_score": 10,
            "is_referral_partner": True,
            "preferred_contact_method": "phone",
            "best_call_time": "mornings",
            "email_opt_in": True,
            "sms_opt_in": True,
        },
    ),
    _answer(
        "Updated", {"data": {**JANE, "phone": "2485551111", "status": "vip", "segment": "premium"}}
    ),
]

DELETE = [
    _answer(
        "Deleted", {"message": "Customer 550e8400-e29b-41d4-a716-446655440000 deleted successfully"}
    )
]

PROJECTS = [
    _answer(
        "Projects",
        {
            "data": [
                {
                    "id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6072",
                    "project_type": "roof_replacement",
                    "total_amount": 45000,
                    "status": "completed",
                    "start_date": "2024-07-01T00:00:00Z",
                    "completion_date": "2024-07-15T00:00:00Z",
                },
                {
                    "id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6075",
                    "project_type": "repair",
                    "total_amount": 5000,
                    "status": "in_progress",
                    "start_date": "2025-01-01T00:00:00Z",
                },
            ],
            "count": 2,
            "total_value": 50000,
        },
    )
]

INTERACTIONS = [
    _answer(
        "Interactions",
        {
            "data": [
                {
                    "id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6071",
                    "type": "phone_call",
                    "date": "2025-01-01T10:00:00Z",
                    "notes": "Quarterly check-in",
                    "outcome": "positive",
                    "created_by": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6073",
                    "created_by_email": "team@iswitchroofs.com",
                }
            ],
            "count": 15,
        },
    )
]

INTERACTION = [
    _request(
        "Mail",
        {
            "type": "email",
            "notes": "Sent maintenance reminder and special offer",
            "outcome": "positive",
        },
    ),
    _answer(
        "Logged",
        {
            "data": {
                "id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6071",
                "customer_id": "550e8400-e29b-41d4-a716-446655440000",
                "type": "email",
                "notes": "Sent maintenance reminder and special offer",
                "outcome": "positive",
                "created_at": "2025-01-01T12:00:00Z",
            }
        },
        "201",
    ),
]

LIFETIME_VALUE = [
    _answer(
        "Value",
        {
            "customer_id": "550e8400-e29b-41d4-a716-446655440000",
            "lifetime_value": 125000,
            "projects_count": 4,
            "average_project_value": 31250,
        },
    )
]

STATISTICS = [
    _answer(
        "Statistics",
        {
            "total_customers": 250,
            "total_revenue": 12500000,
            "avg_lifetime_value": 50000,
            "by_status": {"active": 180, "inactive": 45, "vip": 20, "churned": 5},
            "by_segment": {"premium": 50, "standard": 150, "repeat": 35, "referral_source": 15},
            "by_location": {"Birmingham": 45, "Troy": 38, "Bloomfield Hills": 25},
            "by_source": {"google_ads": 80, "website_form": 60, "referral": 50, "social_media": 35},
            "nps_breakdown": {"promoters": 150, "passives": 75, "detractors": 25, "nps_score": 50},
        },
    )
]

BULK = [
    _request(
        "Campaign",
        {
            "customer_ids": ["550e8400-e29b-41d4-a716-446655440000"],
            "updates": {
                "campaign": "spring_2025",
                "segment": "premium",
                "tags": "spring_campaign,premium",
            },
        },
    ),
    _answer(
        "Updated",
        {"message": "Updated 3 customers", "updated": 3, "requested": 3, "failed": []},
        "207",
    ),
]

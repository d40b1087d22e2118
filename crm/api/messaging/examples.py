"""
The documented requests and answers, for the OpenAPI document; the tests hold the server to them.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample

KEY = "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6071"

JOHN: dict[str, Any] = {
    "_id": KEY,
    "externalId": None,
    "phoneNumber": "529991234567",
    "firstName": "John",
    "lastName": "Doe",
    "email": "john@example.com",
    "avatar": None,
    "alternativePhones": [],
    "address": {
        "street": "123 Main St",
        "city": "Cancún",
        "state": "Quintana Roo",
        "country": "México",
        "postalCode": "77500",
        "coordinates": {"latitude": None, "longitude": None},
    },
    "tags": ["premium"],
    "segment": "new",
    "source": "whatsapp",
    "customFields": {"birthday": "1990-05-15", "company": "Acme Corp"},
    "preferences": {
        "language": "es",
        "communicationHours": {"start": "09:00", "end": "18:00"},
        "preferredAgent": None,
    },
    "status": "active",
    "isBlocked": False,
    "blockReason": None,
    "notes": "VIP customer - priority support",
    "statistics": {
        "totalConversations": 0,
        "totalMessages": 0,
        "totalTickets": 0,
        "averageResponseTime": None,
        "satisfactionScore": None,
    },
    "firstContact": None,
    "lastInteraction": None,
    "lastMessageAt": None,
    "createdAt": "2024-01-15T10:30:00.000Z",
    "updatedAt": "2024-01-15T10:30:00.000Z",
}

NEW = {
    "phoneNumber": "529991234567",
    "firstName": "John",
    "lastName": "Doe",
    "email": "john@example.com",
    "tags": ["premium"],
    "segment": "new",
    "source": "whatsapp",
    "address": {
        "street": "123 Main St",
        "city": "Cancún",
        "state": "Quintana Roo",
        "country": "México",
        "postalCode": "77500",
    },
    "notes": "VIP customer - priority support",
    "customFields": {"birthday": "1990-05-15", "company": "Acme Corp"},
    "preferences": {"language": "es", "communicationHours": {"start": "09:00", "end": "18:00"}},
}

CHANGES = {
    "firstName": "John",
    "lastName": "Smith",
    "email": "john.smith@example.com",
    "segment": "vip",
    "notes": "Updated notes",
}

_THREAD: dict[str, Any] = {
    "_id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6072",
    "customerId": KEY,
    "channel": "whatsapp",
    "subject": "Order 1042",
    "status": "open",
    "isTicket": False,
    "openedAt": "2024-12-10T15:40:00.000Z",
    "resolvedAt": None,
    "messageCount": 3,
    "lastMessageAt": "2024-12-10T15:45:00.000Z",
}


def _answer(name: str, value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(
        name, value={"success": True, **value}, response_only=True, status_codes=[status]
    )


def _request(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _pagination(total: int, pages: int) -> dict[str, int]:
    return {"page": 1, "limit": 20, "total": total, "pages": pages}


_LOYAL = {**JOHN, "segment": "vip", "tags": ["premium", "loyal"]}

LIST = [_answer("Customers", {"customers": [_LOYAL], "pagination": _pagination(156, 8)})]
DETAIL = [
    _answer(
        "Customer",
        {
            "customer": _LOYAL,
            "statistics": {
                "totalConversations": 45,
                "openConversations": 2,
                "resolvedConversations": 43,
            },
            "recentConversations": [_THREAD],
        },
    )
]
CREATE = [_request("New customer", NEW), _answer("Created", {"customer": JOHN}, "201")]
UPDATE = [_request("Changes", CHANGES), _answer("Updated", {"customer": {**JOHN, **CHANGES}})]
TAGS = [
    _request("Tags", {"tags": ["premium", "loyal", "high-value"], "action": "set"}),
    _answer("Tagged", {"customer": {**JOHN, "tags": ["high-value", "loyal", "premium"]}}),
]
_REASON = "Spam or abusive behavior"
BLOCK = [
    _request("Block", {"isBlocked": True, "blockReason": _REASON}),
    _answer(
        "Blocked",
        {"customer": {**JOHN, "status": "blocked", "isBlocked": True, "blockReason": _REASON}},
    ),
]
DELETE = [_answer("Deactivated", {"message": "Customer deactivated"})]
STATISTICS = [
    _answer(
        "Statistics",
        {
            "summary": {
                "totalCustomers": 1250,
                "activeCustomers": 980,
                "vipCustomers": 45,
                "blockedCustomers": 12,
                "newThisMonth": 78,
            },
            "segments": [
                {"_id": "vip", "count": 45},
                {"_id": "regular", "count": 850},
                {"_id": "new", "count": 355},
                {"_id": "inactive", "count": 0},
            ],
        },
    )
]
CONVERSATIONS = [
    _answer("Conversations", {"conversations": [_THREAD], "pagination": _pagination(45, 3)})
]
CONVERSATION = [
    _request("New conversation", {"channel": "whatsapp", "subject": "Order 1042"}),
    _answer(
        "Opened", {"conversation": {**_THREAD, "messageCount": 0, "lastMessageAt": None}}, "201"
    ),
]
RESOLVE = [
    _request("Resolve", {"status": "resolved"}),
    _answer(
        "Resolved",
        {
            "conversation": {
                **_THREAD,
                "status": "resolved",
                "resolvedAt": "2024-12-10T16:00:00.000Z",
            }
        },
    ),
]
MESSAGE = [
    _request("New message", {"direction": "outbound", "body": "Your order is on its way."}),
    _answer(
        "Sent",
        {
            "message": {
                "_id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6073",
                "conversationId": _THREAD["_id"],
                "direction": "outbound",
                "body": "Your order is on its way.",
                "sentAt": "2024-12-10T15:45:00.000Z",
                "sentBy": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6074",
            }
        },
        "201",
    ),
]
IMPORT = [
    _request(
        "Two customers",
        {
            "customers": [
                {
                    "phoneNumber": "529991111111",
                    "firstName": "Customer1",
                    "email": "customer1@example.com",
                },
                {
                    "phoneNumber": "529992222222",
                    "firstName": "Customer2",
                    "email": "customer2@example.com",
                },
            ]
        },
    ),
    _answer(
        "Imported",
        {
            "results": {"imported": 1, "duplicates": 1, "failed": 0},
            "details": {
                "success": [{"index": 0, "phoneNumber": "529991111111", "_id": KEY}],
                "duplicates": [
                    {
                        "index": 1,
                        "phoneNumber": "529992222222",
                        "_id": "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6075",
                        "reason": "Customer with this phone number already exists",
                    }
                ],
                "failed": [],
            },
        },
        "201",
    ),
]

"""Two customers who are one Hannah, with something of every kind, and what they are made of."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from appointments.preferences import update_preferences
from appointments.services import book_appointment, create_service
from core.ids import new_id
from core.tenancy.actor import Actor
from customers.models import Customer, Identity, Merge
from customers.parts import customer_parts
from customers.selectors.customers import tags_of
from customers.services.customers import create_customer
from customers.services.loyalty import adjust_loyalty
from customers.services.management import change_consents
from customers.services.merging import Merged, merge_customers
from customers.services.privacy_requests import open_privacy_request
from customers.services.unmerging import undo_merge
from customers.services.values import WRITABLE
from customers.services.work import create_project, create_transaction
from interactions.services import add_message, log_interaction, open_conversation

FIRST = {
    "first_name": "Hannah",
    "last_name": "Weber",
    "email": "hannah@example.com",
    "phone": "2485550001",
    "city": "Detroit",
    "notes": "Likes mornings.",
    "external_id": "shop-1",
    "tags": ["roof", "vip"],
    "custom_fields": {"gate": "blue"},
}
SECOND = {
    "first_name": "Hanna",
    "last_name": "Weber",
    "email": "h.weber@example.com",
    "phone": "2485550002",
    "whatsapp_number": "2485550003",
    "alternative_phones": ["2485550004"],
    "city": "Dearborn",
    "street": "1 Main St",
    "notes": "Has a dog.",
    "external_id": "cust_67890",
    "tags": ["dog", "vip"],
    "custom_fields": {"gate": "red", "dog": "Rex"},
    "campaign": "spring",
}


def fresh(actor: Actor) -> Actor:
    """The same person with another request."""
    return replace(actor, change_set=new_id())


def person(actor: Actor, values: dict[str, Any], *, full: bool = True, day: int = 1) -> Customer:
    """A customer with something of every kind."""
    actor = fresh(actor)
    row = create_customer(actor=actor, values=values)
    if not full:
        return row
    service = create_service(actor=actor, values={"name": f"Service {row.pk}", "price": 50})
    key = str(row.pk)
    adjust_loyalty(actor=actor, customer_id=row.pk, values={"points": 10 * day, "reason": "x"})
    project = create_project(
        actor=actor, values={"customer": key, "total_amount": 100, "status": "completed"}
    )
    create_transaction(
        actor=actor,
        values={
            "customer": key,
            "project": project,
            "gross_amount": 20,
            "status": "completed",
        },
    )
    log_interaction(actor=actor, values={"customer": key, "type": "note", "notes": "called"})
    thread = open_conversation(actor=actor, values={"customer": key, "channel": "sms"})
    add_message(
        actor=actor, conversation_id=thread.pk, values={"direction": "inbound", "body": "hi"}
    )
    book_appointment(
        actor=actor,
        values={
            "customer": key,
            "service": service.pk,
            "day": f"2026-01-{day:02}",
            "start_time": "10:00",
            "status": "completed",
        },
    )
    update_preferences(
        actor=actor,
        customer_id=row.pk,
        values={"preferred_services": [str(service.pk)], "preference_note": f"quiet {day}"},
    )
    change_consents(
        actor=actor, customer_id=row.pk, values={"notify_sms": day % 2 == 1, "method": "phone"}
    )
    open_privacy_request(
        actor=actor, values={"customer": key, "kind": "access" if day % 2 else "objection"}
    )
    return Customer.objects.for_actor(actor).get(pk=row.pk)


def merge(actor: Actor, survivor: Customer, loser: Customer, **fields: str) -> Merged:
    return merge_customers(
        actor=fresh(actor), customer_id=survivor.pk, loser=str(loser.pk), fields=fields
    )


def unmerge(actor: Actor, row: Merge) -> Any:
    return undo_merge(actor=fresh(actor), merge_id=row.pk)


def columns(key: UUID) -> dict[str, Any]:
    """All that clients can write of a customer, its tags, and what is reached of it."""
    row = Customer.objects.unscoped().get(pk=key)
    found = {
        name: getattr(row, Customer._meta.get_field(name).attname)  # type: ignore[union-attr]
        for name in sorted(WRITABLE | {"password", "email_verified", "status_pinned"})
    }
    figures = {
        name: getattr(row, name)
        for name in ("lifetime_value", "project_count", "loyalty_points", "message_count")
    }
    return (
        found
        | figures
        | {
            "tags": tags_of([key])[key],
            "deleted": row.deleted_at is not None,
            "search_text": row.search_text,
            "sensitive": row.sensitive_values,
        }
    )


def rows_of(key: UUID) -> dict[str, set[Any]]:
    """The customer's rows of every kind: model → keys; of sets that are made anew what they say."""
    found: dict[str, set[Any]] = {}
    for part in customer_parts():
        for model in (*part.deleted, *part.anonymized):
            rows: Any = model.objects.unscoped().filter(customer=key)  # type: ignore[attr-defined]
            if model is Merge:
                continue
            if model is Identity:
                found["identity"] = set(
                    rows.values_list("kind", "value", "is_primary", "source", "is_living")
                )
            elif model in part.stays:
                names = {"service", "staff", "tag"} & {f.name for f in model._meta.fields}
                found[model.__name__] = set(rows.values_list(*(names or {"pk"})))
            else:
                found[model.__name__] = set(rows.values_list("pk", flat=True))
    return found


def state(*keys: UUID) -> list[Any]:
    """What merging and undoing it must leave as it was; consents are added to, never taken away."""
    found = []
    for key in keys:
        rows = rows_of(key)
        rows.pop("Consent")
        found.append((columns(key), rows))
    return found

"""Demo customers, row by row, each followed by its history."""

import json
from typing import Any

from crm.demo import names
from crm.demo.chance import DAY, Draw
from crm.demo.desk import DemoDesk, Life
from crm.demo.histories import consents, write_history
from crm.demo.people import COURSES, PORTAL, VIP, Course, DemoPeople, Person, row_of
from customers.services.identities import addresses_in

COLUMNS = names.words(
    "id organization_id environment created_at updated_at deleted_at first_name last_name "
    "company_name is_business email phone whatsapp_number alternative_phones "
    "preferred_contact_method best_call_time gender date_of_birth street city state postal_code "
    "country latitude longitude property_value property_type roof_age roof_type source "
    "converted_from_lead_id external_id campaign referred_by_id is_referral_partner status "
    "status_pinned assigned_to_id notes custom_fields is_blocked block_reason nps_score "
    "satisfaction_rating customer_since password email_verified notify_email notify_sms "
    "notify_push notify_whatsapp marketing_consent language contact_hours_start contact_hours_end "
    "preferred_agent_id preferred_outlet_id first_key last_key company_key city_key "
    "email_key search_text"
)
AT_ONCE = 5_000
"""Customers written together with their history."""


def write_customers(desk: DemoDesk, *, living: int, deleted: int, portal_password: str) -> None:
    """
    `living` customers, and `deleted` more that were deleted; the first is the portal's when a
    password hash is given.
    """
    people = DemoPeople(desk.draw, size=living + deleted, portal=bool(portal_password))
    ids_of_addresses = Draw(f"addresses:{desk.organization}:{desk.environment}")
    earlier: list[str] = []
    for number in range(living + deleted):
        person = people.next(number)
        portal = number == 0 and bool(portal_password)
        life = _life(desk, person, PORTAL if portal else desk.draw.pick(COURSES))
        values = _values(desk, life, person, number, earlier) | consents(desk, life)
        if portal:
            values |= {
                "password": portal_password,
                "email_verified": True,
                "is_blocked": False,
                "block_reason": "",
            }
        if number >= living:
            values["deleted_at"] = desk.moments.text(-desk.draw.between(1, 3_600))
        else:
            earlier.append(life.customer)
        desk.tables.customers.add(tuple(map(values.__getitem__, COLUMNS)))
        _reach(desk, life, person, values, ids_of_addresses)
        write_history(desk, life)
        if number % AT_ONCE == AT_ONCE - 1:
            desk.tables.flush()
    desk.tables.flush()


def _life(desk: DemoDesk, person: Person, course: Course) -> Life:
    draw = desk.draw
    quiet = draw.between(*course.quiet)
    since = max(draw.between(*course.since), quiet)
    return Life(
        customer=draw.id(-since * DAY),
        course=course,
        since=since,
        quiet=quiet,
        staff=draw.pick(desk.staff),
        street=person.street,
        email=person.email,
        phone=person.phone,
    )


def _values(
    desk: DemoDesk, life: Life, person: Person, number: int, earlier: list[str]
) -> dict[str, Any]:
    """Every column but the consents'."""
    draw, text = desk.draw, desk.moments.text
    created = text(-life.since * DAY + 12 * 3600 + draw.between(0, 3_599))
    blocked = draw.chance(0.012)
    pinned = draw.chance(0.003)
    return {
        "id": life.customer,
        "organization_id": desk.organization,
        "environment": desk.environment,
        "created_at": created,
        "updated_at": created if draw.chance(0.3) else text(draw.second(life.day(draw))),
        "deleted_at": None,
        "status": "vip" if pinned else "active",
        "status_pinned": pinned,
        "assigned_to_id": life.staff[0] if draw.chance(0.85) else None,
        "notes": draw.pick(names.CUSTOMER_NOTES) if draw.chance(0.3) else "",
        "custom_fields": json.dumps(
            {"crew": draw.pick(("north", "south", "east")), "keys_held": draw.chance(0.2)}
        )
        if draw.chance(0.15)
        else "{}",
        "is_blocked": blocked,
        "block_reason": draw.pick(names.BLOCK_REASONS) if blocked else "",
        "customer_since": created,
        "password": "",
        "email_verified": bool(person.email) and draw.chance(0.5),
        "language": "es" if draw.chance(0.06) else "en",
        **row_of(person, draw),
        **_origin(desk, life, number, earlier),
        **_habits(desk, life, person),
        **_scores(desk, life),
        **_property(desk, person),
    }


def _reach(desk: DemoDesk, life: Life, person: Person, values: dict[str, Any], ids: Draw) -> None:
    """The addresses in the customer's columns, with ids from a chance of their own."""
    for (kind, value), primary in addresses_in(person).items():  # type: ignore[arg-type]
        desk.tables.identities.add(
            (
                ids.id(-life.since * DAY),
                desk.organization,
                desk.environment,
                life.customer,
                kind.value,
                value,
                primary,
                values["deleted_at"] is None,
                values["created_at"],
                values["created_at"],
            )
        )


def _origin(desk: DemoDesk, life: Life, number: int, earlier: list[str]) -> dict[str, Any]:
    draw = desk.draw
    source = draw.pick(names.SOURCES)
    referred = source == "referral" and bool(earlier) and draw.chance(0.6)
    return {
        "source": source,
        "campaign": draw.pick(names.CAMPAIGNS) if draw.chance(0.2) else "",
        "converted_from_lead_id": f"lead-{draw.id(-life.since * DAY)[-12:]}"
        if draw.chance(0.2)
        else "",
        "external_id": f"OLD-{number + 1:07}" if draw.chance(0.1) else "",
        "referred_by_id": draw.pick(earlier) if referred else None,
        "is_referral_partner": draw.chance(0.03),
    }


def _habits(desk: DemoDesk, life: Life, person: Person) -> dict[str, Any]:
    draw = desk.draw
    hours = draw.chance(0.1)
    return {
        "preferred_contact_method": draw.pick(names.CONTACT_METHODS),
        "best_call_time": draw.pick(names.CALL_TIMES),
        "date_of_birth": desk.moments.birthday(draw.between(19 * 365, 88 * 365))
        if not person.is_business and draw.chance(0.5)
        else None,
        "contact_hours_start": "09:00:00" if hours else None,
        "contact_hours_end": "18:00:00" if hours else None,
        "preferred_agent_id": life.staff[0] if draw.chance(0.08) else None,
        "preferred_outlet_id": draw.pick(desk.outlets) if draw.chance(0.2) else None,
    }


def _scores(desk: DemoDesk, life: Life) -> dict[str, Any]:
    draw = desk.draw
    content = (9, 10, 10, 9, 8, 8, 7)
    given = content if life.course is VIP or draw.chance(0.8) else (0, 2, 4, 5, 6, 3)
    return {
        "nps_score": draw.pick(given) if draw.chance(0.5) else None,
        "satisfaction_rating": f"{draw.between(4, 10) / 2:.2f}" if draw.chance(0.3) else None,
    }


def _property(desk: DemoDesk, person: Person) -> dict[str, Any]:
    draw = desk.draw
    known = draw.chance(0.85)
    return {
        "property_value": draw.between(90, 900) * 1000 if known else None,
        "property_type": "commercial"
        if person.is_business
        else draw.pick(names.PROPERTY_TYPES)
        if known
        else "",
        "roof_age": draw.between(0, 32) if known else None,
        "roof_type": draw.pick(names.ROOF_TYPES) if known else "",
    }

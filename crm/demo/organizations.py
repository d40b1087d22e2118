"""Demo organizations: the branch offices, the staff, what they offer, and their keys."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.hashers import make_password

from appointments.models import Service
from core.hours import DAYS
from core.identity.models import User
from core.tenancy.actor import Actor
from core.tenancy.choices import Role, Scope
from core.tenancy.keys import store_key
from core.tenancy.models import Organization, Outlet
from core.text import fold
from crm.demo import names
from crm.demo.chance import Draw
from crm.demo.logins import KEYS, PASSWORD, STAFF
from customers.models import Tag

FOUNDED = -4000 * 24 * 3600


@dataclass(frozen=True, slots=True)
class OrganizationPlan:
    """An organization to make."""

    slug: str
    name: str
    customers: int
    test_customers: int = 0


def plans(*, customers: int | None, organizations: int) -> list[OrganizationPlan]:
    """
    The first organization has `customers` (1,000) and a second one a fifth of that. With more than
    two, `customers` is the total: a fifth in the first, the rest spread evenly.
    """
    if organizations <= 2 or customers is None:
        first = 1000 if customers is None else customers
        sizes = [first] + [first // 5] * (organizations - 1)
    else:
        first = customers // 5
        share, left = divmod(customers - first, organizations - 1)
        sizes = [first] + [share + (number < left) for number in range(organizations - 1)]
    return [_plan(number, size) for number, size in enumerate(sizes)]


def _plan(number: int, size: int) -> OrganizationPlan:
    if number == 0:
        return OrganizationPlan("demo", "Motor City Roofing", size, test_customers=min(20, size))
    if number == 1:
        return OrganizationPlan("other", "Great Lakes Exteriors", size)
    city = names.CITIES[number % len(names.CITIES)][0]
    return OrganizationPlan(
        f"demo-{number + 1}",
        f"{city} {names.CITY_ORGANIZATIONS[number % len(names.CITY_ORGANIZATIONS)]} {number + 1}",
        size,
    )


def password_hash(seed: str) -> str:
    """Of the demo password. Salted by the seed, so that it is the same for the same seed."""
    return make_password(PASSWORD, salt=f"demosalt{seed}".replace("$", ""))


@dataclass(frozen=True, slots=True)
class Office:
    """A made organization and what its customers' rows refer to, ids in hex digits."""

    organization: Organization
    staff: list[tuple[str, str]]
    outlets: list[str]
    services: list[tuple[str, int, str, int]]
    tags: list[str]


def fill_organization(plan: OrganizationPlan, draw: Draw, *, password: str) -> Office:
    """Raises IntegrityError when one of this slug exists."""
    organization = Organization.objects.create(
        id=_id(draw),
        name=plan.name,
        slug=plan.slug,
        default_region="US",
        currency="USD",
        time_zone="America/Detroit",
        loyalty_points_per_unit=Decimal(1),
        portal_booking=True,
    )
    actor = Actor.system(organization=organization, label="seed_demo")
    for environment, key in KEYS.get(plan.slug, ()):
        store_key(
            actor=actor.at(address="", request_id=""),
            name="Demo",
            environment=environment,
            scopes=list(Scope.values),
            key=key,
        )
    return Office(
        organization=organization,
        staff=_staff(plan, organization, draw, password),
        outlets=_outlets(actor, draw),
        services=_services(actor, draw),
        tags=[Tag.objects.add(actor, id=_id(draw), name=name).pk.hex for name in names.TAGS],
    )


def _id(draw: Draw) -> UUID:
    return UUID(draw.id(FOUNDED))


def _staff(
    plan: OrganizationPlan, organization: Organization, draw: Draw, password: str
) -> list[tuple[str, str]]:
    """
    The named logins, then others in proportion to the customers. Returns id and e-mail of those who
    look after customers.
    """
    known = STAFF.get(plan.slug, ((f"admin@{plan.slug}.test", Role.TENANT_ADMIN, "Ada", "Stone"),))
    people = [(email, role, first, last) for email, role, first, last in known]
    for number in range(3 + max(min(56, plan.customers // 2_500), plan.customers // 4_000)):
        first, last = draw.pick(names.FEMALE + names.MALE), draw.pick(names.LAST)
        local = "".join(
            letter
            for letter in fold(f"{first}.{last}")
            if letter.isascii() and (letter.isalnum() or letter == ".")
        )
        people.append((f"{local}.{number + 1}@{plan.slug}.test", Role.STAFF, first, last))
    users = [
        User(
            id=_id(draw),
            organization=organization,
            email=email,
            role=role,
            first_name=first,
            last_name=last,
            password=password,
            takes_appointments=role in (Role.STAFF, Role.OUTLET_MANAGER),
        )
        for email, role, first, last in people
    ]
    User.objects.unscoped().bulk_create(users)
    return [
        (user.pk.hex, user.email)
        for user in users
        if user.role in (Role.STAFF, Role.OUTLET_MANAGER)
    ]


_OPENING_HOURS = [
    *({"day": day, "opens": "08:00", "closes": "18:00"} for day in DAYS[:5]),
    {"day": DAYS[5], "opens": "09:00", "closes": "13:00"},
]


def _outlets(actor: Actor, draw: Draw) -> list[str]:
    made = []
    for name, (city, _, _, codes) in (("Downtown", names.CITIES[0]), ("North", names.CITIES[5])):
        address = {
            "street": f"{draw.between(100, 9_999)} {draw.pick(names.STREETS)}",
            "city": city,
            "postal_code": codes[0],
        }
        outlet = Outlet.objects.add(
            actor,
            id=_id(draw),
            name=name,
            time_zone="America/Detroit",
            state="MI",
            country="US",
            opening_hours=_OPENING_HOURS,
            **address,
        )
        made.append(outlet.pk.hex)
    return made


def _services(actor: Actor, draw: Draw) -> list[tuple[str, int, str, int]]:
    made = []
    for name, category, minutes, price in names.SERVICES:
        service = Service.objects.add(
            actor,
            id=_id(draw),
            name=name,
            category=category,
            duration_minutes=minutes,
            price=Decimal(price),
        )
        made.append(
            (
                service.pk.hex,
                minutes,
                price,
                int(Decimal(price) * actor.organization.loyalty_points_per_unit),
            )
        )
    return made

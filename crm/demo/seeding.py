"""The whole of the demo data, in one transaction."""

import datetime as dt
from contextlib import nullcontext
from uuid import UUID

from django.db import connection, transaction

from core.audit.ledger import entry
from core.audit.marks import mark_of
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from crm.demo.bulk import without_indexes
from crm.demo.chance import Draw, Moments
from crm.demo.customers import COLUMNS, write_customers
from crm.demo.desk import HISTORY_MODELS, DemoDesk, Tables
from crm.demo.organizations import Office, OrganizationPlan, fill_organization, password_hash
from customers.figures import recalculate
from customers.models import Customer
from customers.services.comparing import note_everyone

MANY = 50_000
"""From so many customers on PostgreSQL writes the rows first and the indexes after."""

MOST_DELETED = 10


@transaction.atomic
def seed(plans: list[OrganizationPlan], *, seed: str, today: dt.date) -> None:
    """
    Makes the planned organizations with everything in them. The same plans, seed and day give the
    same rows and ids; another day moves the times alone. Raises IntegrityError when one of the
    organizations exists.
    """
    many = connection.vendor == "postgresql" and sum(plan.customers for plan in plans) >= MANY
    if many:
        _take_room()
    offices = []
    moments = Moments(today)
    tables = Tables(COLUMNS)
    password = password_hash(seed)
    with without_indexes(Customer) if many else nullcontext():
        with without_indexes(*HISTORY_MODELS) if many else nullcontext():
            for plan in plans:
                offices.append(_fill(plan, seed, moments, tables, password))
        _count_rows()
        for plan, office in zip(plans, offices, strict=True):
            _finish(plan, office)


def _take_room() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL synchronous_commit = off")


def _count_rows() -> None:
    """
    So that PostgreSQL plans the recalculation for the tables as they are, not for the empty ones
    that they were.
    """
    if connection.vendor == "postgresql":
        tables = ", ".join(model._meta.db_table for model in (Customer, *HISTORY_MODELS))
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


def _fill(
    plan: OrganizationPlan, seed: str, moments: Moments, tables: Tables, password: str
) -> Office:
    office = fill_organization(plan, Draw(f"{seed}:{plan.slug}"), password=password)
    booked: dict[str, int] = {}
    for environment, living in (
        (Environment.LIVE, plan.customers),
        (Environment.TEST, plan.test_customers),
    ):
        desk = DemoDesk(
            organization=office.organization.pk.hex,
            environment=environment.value,
            currency=office.organization.currency,
            staff=office.staff,
            outlets=office.outlets,
            services=office.services,
            tags=office.tags,
            draw=Draw(f"{seed}:{plan.slug}:{environment.value}"),
            moments=moments,
            tables=tables,
            booked=booked,
        )
        portal = password if plan.slug == "demo" and environment == Environment.LIVE else ""
        write_customers(
            desk, living=living, deleted=min(MOST_DELETED, living // 100), portal_password=portal
        )
    return office


def _finish(plan: OrganizationPlan, office: Office) -> None:
    """
    Figures, twice because the second pass sees the lifetime values of those referred; and one entry
    in the audit.
    """
    for environment in (
        (Environment.LIVE, Environment.TEST) if plan.test_customers else (Environment.LIVE,)
    ):
        for _ in range(2):
            recalculate(organization=office.organization, environment=environment.value)
        if plan.customers < MANY:  # of more, `manage.py duplicates --rebuild`
            note_everyone(
                actor=Actor.system(
                    organization=office.organization,
                    label="seed_demo",
                    environment=environment.value,
                )
            )
    actor = Actor.system(organization=office.organization, label="seed_demo")
    row = entry(actor, "organization.seeded", subject=office.organization)
    row.pk = UUID(Draw(f"audit:{office.organization.pk}").id(0))
    row.mark = mark_of(row)
    row.save(force_insert=True)

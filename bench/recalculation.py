"""Recalculating an organization, against the bare aggregates and a loop over customers."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.db.models import Avg, Count, Max, Min, Q, Sum
from django.utils import timezone

from appointments.models import Appointment
from bench.measuring import Line, at_most, clock, peak, rates, sql, wal_position
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers import figures
from customers.models import Customer, LoyaltyEntry, Project, Transaction
from customers.services.recalculation import recalculate_organization
from interactions.models import Conversation, Interaction, Message

SAMPLE = 500
SPOIL = (
    "UPDATE customers_customer SET health_score = (health_score + 1) %% 100, lifetime_value = "
    "lifetime_value + 1, "
    "interaction_count = interaction_count + 1, status = CASE status WHEN 'active' THEN 'vip' ELSE "
    "'active' END "
    "WHERE organization_id = %s AND environment = 'live'"
)


def aggregates(organization: Organization) -> None:
    """The groups of all source rows, each worked out whole and counted."""
    for fact in figures.facts():
        statement, parameters = figures._grouped(fact, organization, Environment.LIVE, None)
        sql(f"SELECT count(g) FROM ({statement}) g", parameters)


def one_by_one(customer: Customer) -> None:
    """What a loop would do for each customer: ask every table, then save()."""
    of = {"customer": customer}
    projects = (
        Project.objects.unscoped()
        .filter(**of)
        .exclude(status="cancelled")
        .aggregate(sum=Sum("total_amount"), count=Count("pk"))
    )
    contacts = (
        Interaction.objects.unscoped()
        .filter(**of)
        .aggregate(count=Count("pk"), first=Min("occurred_at"), last=Max("occurred_at"))
    )
    Message.objects.unscoped().filter(**of).aggregate(
        count=Count("pk"), last=Max("sent_at"), response=Avg("response_seconds")
    )
    Conversation.objects.unscoped().filter(**of).aggregate(
        count=Count("pk"), open=Count("pk", filter=Q(status="open"))
    )
    Appointment.objects.unscoped().filter(**of).aggregate(
        count=Count("pk"), last=Max("start_at"), spent=Sum("price")
    )
    Transaction.objects.unscoped().filter(**of).aggregate(count=Count("pk"), last=Max("created_at"))
    LoyaltyEntry.objects.unscoped().filter(**of).aggregate(points=Sum("points"))
    Customer.objects.unscoped().filter(referred_by=customer).aggregate(
        count=Count("pk"), value=Sum("lifetime_value")
    )
    customer.lifetime_value, customer.project_count = projects["sum"] or 0, projects["count"]
    customer.interaction_count, customer.last_interaction_at = contacts["count"], contacts["last"]
    customer.status = "active" if customer.status == "vip" else "vip"
    customer.save()


def looped(organization: Organization, work: Callable[[Customer], Any]) -> float:
    """Rows a second of `work` over a sample."""
    rows = list(
        Customer.objects.unscoped()
        .filter(organization=organization, environment=Environment.LIVE)
        .order_by("?")[:SAMPLE]
    )
    return len(rows) / clock(lambda: [work(row) for row in rows])


def save(customer: Customer) -> None:
    customer.health_score += 1
    customer.save()


def measured() -> Iterator[Line]:
    organization = Organization.objects.get(slug="demo")
    actor = Actor.system(organization=organization, label="benchmark", environment=Environment.LIVE)
    total = Customer.objects.for_actor(actor).count()
    recalculate_organization(actor=actor)
    sql("VACUUM ANALYZE customers_customer")
    changed: list[int] = []
    written: list[int] = []

    def run() -> None:
        before = wal_position()
        changed.append(recalculate_organization(actor=actor))
        written.append(wal_position() - before)

    line = at_most(
        "recalculation, nothing changed", run, lambda: aggregates(organization), bar=2, repeat=5
    )
    yield replace(
        line,
        note=(
            f"{total:,} customers, {sum(changed)} changed by time, {min(written):,} bytes of WAL "
            "(the whole server's)"
        ),
    )

    moved = timezone.now() + dt.timedelta(days=3)
    real = figures.now
    figures.now = lambda: moved  # type: ignore[assignment]
    try:
        taken = clock(run)
    finally:
        figures.now = real
    bare = clock(lambda: aggregates(organization))
    note = (
        f"three days pass: {changed[-1]:,} of {total:,} change, {written[-1] / 1e6:,.0f} MB of WAL"
    )
    yield Line(
        "recalculation, time passes", taken * 1000, bare * 1000, "ms", taken / bare, None, note=note
    )

    naive = looped(organization, one_by_one)
    bare_save = looped(organization, save)
    sql(SPOIL, [organization.pk])
    sql("VACUUM ANALYZE customers_customer")
    before = wal_position()
    with peak() as grown:
        taken = clock(lambda: recalculate_organization(actor=actor))
    wrote = wal_position() - before
    naive = (naive + looped(organization, one_by_one)) / 2
    recalculate_organization(actor=actor)
    note = (
        f"naive: each table asked, then save(), of {2 * SAMPLE}; {wrote / 1e6:,.0f} MB of WAL, "
        f"memory + {grown[0]:.0f} MB"
    )
    yield rates("recalculation, everything changed", total / taken, naive, bar=40, note=note)
    yield rates("… against save() alone, nothing worked out", total / taken, bare_save, bar=None)
    sql("VACUUM ANALYZE customers_customer")

"""
The organization at whose desk demo rows are written: its staff, outlets and services, and the
tables that fill up.
"""

from dataclasses import dataclass

from django.db.models import Model

from appointments.models import Appointment, PreferredService
from crm.demo.bulk import Table
from crm.demo.chance import DAY, Draw, Moments
from crm.demo.people import Course
from customers.models import (
    Consent,
    Customer,
    CustomerTag,
    Identity,
    LoyaltyEntry,
    Project,
    Transaction,
)
from interactions.models import Conversation, FollowUp, Interaction, Message

TENANT = ("id", "organization_id", "environment", "customer_id")


def of_customers(model: type[Model], columns: str) -> Table:
    """The table of rows that belong to customers."""
    return Table(model, *TENANT, *columns.split())


class Tables:
    """Every table that a customer's course fills, in an order that foreign keys allow."""

    def __init__(self, customer_columns: tuple[str, ...]) -> None:
        self.customers = Table(Customer, *customer_columns)
        self.identities = of_customers(
            Identity, "kind value is_primary is_living first_seen_at last_seen_at"
        )
        self.tags = of_customers(CustomerTag, "tag_id")
        self.consents = of_customers(
            Consent, "channel purpose granted method wording recorded_by at"
        )
        self.projects = of_customers(
            Project,
            "name project_type status total_amount start_date completed_at created_at updated_at",
        )
        self.transactions = of_customers(
            Transaction,
            "project_id description gross_amount currency_code status created_at updated_at",
        )
        self.interactions = of_customers(
            Interaction, "type occurred_at notes outcome created_by_id created_at updated_at"
        )
        self.follow_ups = of_customers(
            FollowUp, "reason due_date owner_id created_by_id created_at updated_at"
        )
        self.conversations = of_customers(
            Conversation,
            "channel subject status is_ticket opened_at resolved_at message_count last_message_at"
            " updated_at",
        )
        self.messages = of_customers(
            Message, "conversation_id direction body sent_at sent_by_id response_seconds"
        )
        self.appointments = of_customers(
            Appointment,
            "outlet_id service_id staff_id start_at end_at status price created_at updated_at",
        )
        self.loyalty = of_customers(LoyaltyEntry, "points reason source_id at")
        self.preferred = of_customers(PreferredService, "service_id")

    def flush(self) -> None:
        for table in vars(self).values():
            table.flush()


HISTORY_MODELS = (
    Identity,
    CustomerTag,
    Consent,
    Project,
    Transaction,
    Interaction,
    Conversation,
    Message,
    Appointment,
    LoyaltyEntry,
    PreferredService,
)


@dataclass(slots=True)
class DemoDesk:
    """One organization and environment. Ids are hex digits."""

    organization: str
    environment: str
    currency: str
    staff: list[tuple[str, str]]
    outlets: list[str]
    services: list[tuple[str, int, str, int]]
    """Id, minutes, price, the points it earns."""
    tags: list[str]
    draw: Draw
    moments: Moments
    tables: Tables
    booked: dict[str, int]
    """Staff id → slots given away, shared by both environments: a person is in one place."""

    def tenant(self, second: int, customer: str) -> tuple[str, str, str, str]:
        """The first four columns of a row that began at `second`."""
        return self.draw.id(second), self.organization, self.environment, customer

    def next_slot(self, staff: str) -> int | None:
        """
        The staff member's next free slot: four a working day from today on, two hours each,
        never twice the same; None when all days in sight are full.
        """
        number = self.booked.get(staff, 0)
        if number // 4 >= len(self.moments.working_days):
            return None
        self.booked[staff] = number + 1 + (self.draw.random() < 0.5)
        day = self.moments.working_days[number // 4]
        return day * DAY + (14 + number % 4 * 2) * 3600


@dataclass(slots=True)
class Life:
    """One customer's course, drawn: ids in hex digits, `since` and `quiet` in days ago."""

    customer: str
    course: Course
    since: int
    quiet: int
    staff: tuple[str, str]
    street: str
    email: str
    phone: str

    def day(self, draw: Draw) -> int:
        """A day (ago) between coming and falling quiet, rather late than early."""
        spread = draw.random()
        return self.quiet + int((self.since - self.quiet) * spread * spread)

"""Demo data: the same for the same seed, plausible, and right in every computed column."""

import re
from io import StringIO
from itertools import pairwise
from typing import Any
from uuid import RFC_4122

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from appointments.choices import UPCOMING
from appointments.models import Appointment
from core.audit.models import AuditEntry
from core.clock import now
from core.identity.models import User
from core.tenancy.choices import Environment
from core.tenancy.models import ApiKey, Organization
from crm.demo import seeding
from crm.demo.bulk import without_indexes
from crm.demo.chance import Moments
from crm.demo.desk import HISTORY_MODELS
from crm.demo.logins import KEYS, PASSWORD, PORTAL_CUSTOMER, STAFF
from crm.demo.organizations import plans
from customers.choices import Engagement, Segment, Status
from customers.figures import recalculate
from customers.models import Consent, Customer, LoyaltyEntry
from customers.services.consents import CONSENT_FIELDS
from customers.services.values import DERIVED, derive
from interactions.choices import Direction
from interactions.models import Conversation, Interaction, Message
from tests.client import ApiClient
from tests.conftest import on_postgresql

# many rows are written without indexes, which are the owner's to take away
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("owner")]

DOCUMENTED_PHONES = {
    *(
        "+1234567890",
        "+221771234567",
        "+221771234568",
        "+529991234567",
        "+529991111111",
        "+529992222222",
    ),
    *("+12485556789", "+12485559999", "+12485557890", "+12485551234", "+12485551111"),
}


def seed(**options: Any) -> None:
    call_command("seed_demo", stdout=StringIO(), **options)


@pytest.fixture
def debug(settings: Any) -> None:
    settings.DEBUG = True


@pytest.fixture
def demo(debug: None) -> Organization:
    """The demo with 300 customers in the first organization and 60 in the second."""
    seed(customers=300)
    return Organization.objects.get(slug="demo")


def everything() -> dict[str, list[dict[str, Any]]]:
    """
    All rows of what belongs to a customer, an organization or the staff, apart from the moment when
    the demo was made.
    """
    models = [
        Customer,
        *HISTORY_MODELS,
        *(
            apps.get_model(name)
            for name in ("tenancy.Outlet", "customers.Tag", "appointments.Service")
        ),
    ]
    rows = {
        model.__name__: list(model.objects.unscoped().order_by("pk").values())
        for model in [*models, User]
    }
    rows["Organization"] = list(Organization.objects.order_by("pk").values())
    for row in [
        row for table in ("Organization", "Outlet", "Service", "User") for row in rows[table]
    ]:
        del row["created_at"]
    return rows


def forget() -> None:
    for model in [*reversed(HISTORY_MODELS), Customer, AuditEntry]:
        model.objects.unscoped().delete()
    for name in (
        "appointments.Service",
        "customers.Tag",
        "tenancy.Outlet",
        "tenancy.ApiKey",
        "identity.User",
        "customers.CustomerCount",
        "customers.PendingComparison",
    ):
        apps.get_model(name).objects.unscoped().delete()
    Organization.objects.all().delete()


class TwoDays(Moments):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        del self.working_days[2:]


@pytest.mark.usefixtures("debug")
def test_more_customers_than_the_staff_have_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "Moments", TwoDays)
    seed(customers=600, organizations=1)
    assert Customer.objects.unscoped().count() >= 600
    planned = Appointment.objects.unscoped().filter(start_at__gt=now(), status__in=UPCOMING)
    assert 0 < planned.count() <= 2 * 4 * User.objects.unscoped().count()


def test_the_same_seed_gives_the_same_rows_with_the_same_ids(debug: None) -> None:
    seed(customers=40, seed="7")
    first = everything()
    forget()
    seed(customers=40, seed="7")
    assert everything() == first
    assert len(first["Customer"]) == 40 + 20 + 8


def test_another_seed_gives_other_rows(debug: None) -> None:
    seed(customers=10, organizations=1, seed="1")
    first = everything()
    forget()
    seed(customers=10, organizations=1, seed="2")
    second = everything()
    assert not {row["id"] for row in first["Customer"]} & {row["id"] for row in second["Customer"]}
    assert [row["last_name"] for row in first["Customer"]] != [
        row["last_name"] for row in second["Customer"]
    ]


def test_ids_are_uuids_of_version_7_and_follow_the_creation(demo: Organization) -> None:
    rows = list(Customer.objects.unscoped().order_by("pk").values_list("pk", "created_at"))
    assert {key.version for key, _ in rows} == {7}
    assert {key.variant for key, _ in rows} == {RFC_4122}
    days = [created.date() for _, created in rows]
    assert days == sorted(days)


def test_outside_development_it_refuses_without_force(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--force"):
        seed(customers=3)
    assert not Organization.objects.exists()
    seed(customers=3, force=True)
    assert Organization.objects.count() == 2


def test_if_empty_leaves_a_database_with_an_organization_alone(debug: None) -> None:
    Organization.objects.create(name="Somebody", slug="somebody")
    seed(if_empty=True)
    assert list(Organization.objects.values_list("slug", flat=True)) == ["somebody"]
    assert not Customer.objects.unscoped().exists()


def test_a_second_time_it_says_that_the_demo_is_there(debug: None) -> None:
    seed(customers=3)
    with pytest.raises(CommandError, match="called demo, other"):
        seed(customers=3)
    assert Organization.objects.count() == 2


@pytest.mark.parametrize(
    ("customers", "organizations", "sizes"),
    [
        (None, 2, [1000, 200]),
        (500, 2, [500, 100]),
        (500, 1, [500]),
        (None, 3, [1000, 200, 200]),
        (1_000_000, 201, [200_000, *[4_000] * 200]),
        (103, 4, [20, 28, 28, 27]),
    ],
)
def test_customers_are_spread_as_the_help_says(
    customers: int | None, organizations: int, sizes: list[int]
) -> None:
    made = plans(customers=customers, organizations=organizations)
    assert [plan.customers for plan in made] == sizes
    assert len({plan.slug for plan in made}) == organizations


def test_the_second_organization_is_separate(demo: Organization) -> None:
    living = Customer.objects.unscoped().filter(deleted_at=None)
    assert living.filter(organization=demo, environment=Environment.LIVE).count() == 300
    assert living.filter(organization=demo, environment=Environment.TEST).count() == 20
    assert living.filter(organization__slug="other", environment=Environment.LIVE).count() == 60
    assert Organization.objects.count() == 2
    for model in HISTORY_MODELS:
        rows = model.objects.unscoped()
        assert rows.exists()
        assert not rows.exclude(
            customer__organization=F("organization"), customer__environment=F("environment")
        ).exists()


def test_computed_columns_equal_a_fresh_recalculation(demo: Organization) -> None:
    for organization in Organization.objects.all():
        for environment in Environment.values:
            assert recalculate(organization=organization, environment=environment) == 0


def test_derived_columns_are_what_the_domain_derives(demo: Organization) -> None:
    for customer in Customer.objects.unscoped():
        stored = [getattr(customer, name) for name in DERIVED]
        derive(customer)
        assert [getattr(customer, name) for name in DERIVED] == stored


def test_every_row_is_one_that_validation_accepts(demo: Organization) -> None:
    for model in [Customer, *HISTORY_MODELS]:
        relations = [field.name for field in model._meta.concrete_fields if field.is_relation]
        for row in model.objects.unscoped():
            row.clean_fields(exclude=relations)


def test_all_statuses_segments_and_engagements_occur(demo: Organization) -> None:
    rows = Customer.objects.unscoped().filter(
        organization=demo, environment=Environment.LIVE, deleted_at=None
    )
    assert set(rows.values_list("status", flat=True)) == set(Status.values)
    assert set(rows.values_list("segment", flat=True)) == set(Segment.values)
    assert set(rows.values_list("engagement", flat=True)) == set(Engagement.values)
    assert (
        {True, False}
        == set(rows.values_list("is_blocked", flat=True))
        == set(rows.values_list("is_business", flat=True))
    )
    assert rows.filter(nps_score__lte=6).exists()
    assert rows.filter(referral_value__gt=0).exists()
    assert rows.filter(loyalty_points__gt=0).exists()


def test_nobody_of_the_documents_is_in_the_demo(demo: Organization) -> None:
    rows = Customer.objects.unscoped()
    numbers = {
        number
        for row in rows
        for number in (row.phone, row.whatsapp_number, *row.alternative_phones)
        if number
    }
    assert not numbers & DOCUMENTED_PHONES
    assert {number[5:10] for number in numbers} == {"55501"}
    assert {len(number) for number in numbers} == {12}
    domains = {
        email.rpartition("@")[2] for email in rows.exclude(email="").values_list("email", flat=True)
    }
    assert {domain.rpartition(".")[2] for domain in domains} == {"test", "example"}
    assert not domains & {"example.com", "lomi.africa", "iswitchroofs.com"}


def test_what_happened_lies_in_the_past_and_bookings_from_today_on(demo: Organization) -> None:
    moment = now()
    assert not Customer.objects.unscoped().filter(last_activity_at__gt=moment).exists()
    assert not Interaction.objects.unscoped().filter(occurred_at__gt=moment).exists()
    assert not Message.objects.unscoped().filter(sent_at__gt=moment).exists()
    standing = Appointment.objects.unscoped().filter(status__in=UPCOMING)
    today = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    assert standing.filter(start_at__gt=today).count() == standing.count() > 10
    assert (
        not Appointment.objects.unscoped()
        .exclude(status__in=UPCOMING)
        .filter(end_at__gt=moment)
        .exists()
    )


def test_no_staff_member_is_booked_twice_at_a_time(demo: Organization) -> None:
    standing = (
        Appointment.objects.unscoped().filter(status__in=UPCOMING).order_by("staff_id", "start_at")
    )
    slots = list(standing.values_list("staff_id", "start_at", "end_at"))
    assert [one for one, two in pairwise(slots) if one[0] == two[0] and two[1] < one[2]] == []


def test_conversations_agree_with_their_messages(demo: Organization) -> None:
    for conversation in Conversation.objects.unscoped():
        messages = list(
            Message.objects.unscoped().filter(conversation=conversation).order_by("sent_at", "id")
        )
        assert conversation.message_count == len(messages)
        assert conversation.last_message_at == messages[-1].sent_at
        for inbound, after in zip(messages, [*messages[1:], None], strict=True):
            waited = int((after.sent_at - inbound.sent_at).total_seconds()) if after else None
            assert inbound.response_seconds == (
                waited if inbound.direction == Direction.INBOUND else None
            )


def test_preferences_show_the_latest_consents(demo: Organization) -> None:
    latest: dict[Any, bool] = {}
    for consent in Consent.objects.unscoped().order_by("at", "id"):
        latest[consent.customer_id, consent.channel, consent.purpose] = consent.granted
    for customer in Customer.objects.unscoped():
        for field, pair in CONSENT_FIELDS.items():
            assert getattr(customer, field) == latest.get(
                (customer.pk, *pair), field == "notify_email"
            )


def test_points_of_an_appointment_are_what_its_price_earns(demo: Organization) -> None:
    earned = LoyaltyEntry.objects.unscoped().filter(reason="appointment")
    points = dict(earned.values_list("source_id", "points"))
    due = {
        row.pk: int(row.price)
        for row in Appointment.objects.unscoped().filter(status="completed", price__gt=0)
    }
    assert points == due
    assert not Customer.objects.unscoped().filter(loyalty_points__lt=0).exists()


@pytest.mark.parametrize(
    ("email", "role"), [(email, role) for people in STAFF.values() for email, role, _, _ in people]
)
def test_logins_work(demo: Organization, email: str, role: str) -> None:
    answer = ApiClient().post("/api/auth/token", {"email": email, "password": PASSWORD})
    assert answer.status_code == 200
    me = ApiClient(Authorization=f"Bearer {answer.json()['access']}").get("/api/auth/me").json()
    assert me["role"] == role
    assert me["organization"]["slug"] == email.partition("@")[2].removesuffix(".test")


def test_keys_belong_to_their_organization_and_environment(demo: Organization) -> None:
    made = ApiKey.objects.unscoped().values_list("organization__slug", "environment", "prefix")
    expected = [
        (slug, environment.value, key[:16])
        for slug, pairs in KEYS.items()
        for environment, key in pairs
    ]
    assert sorted(made) == sorted(expected)


def test_the_portal_customer_can_sign_in(demo: Organization) -> None:
    customer = Customer.objects.unscoped().get(email=PORTAL_CUSTOMER)
    assert (customer.organization_id, customer.environment) == (demo.pk, Environment.LIVE)
    assert (customer.email_verified, customer.is_blocked, customer.deleted_at) == (
        True,
        False,
        None,
    )
    assert check_password(PASSWORD, customer.password)
    assert Customer.objects.unscoped().exclude(password="").count() == 1


def test_seeding_leaves_one_audit_entry_for_each_organization(demo: Organization) -> None:
    entries = AuditEntry.objects.unscoped().values_list(
        "organization__slug", "action", "actor_label"
    )
    assert sorted(entries) == [
        ("demo", "organization.seeded", "seed_demo"),
        ("other", "organization.seeded", "seed_demo"),
    ]


def test_logins_are_shown_with_the_address(demo: Organization) -> None:
    out = StringIO()
    call_command("show_logins", port=8123, stdout=out)
    shown = out.getvalue()
    assert "http://127.0.0.1:8123/\n" in shown
    for expected in (
        "http://127.0.0.1:8123/api/docs/",
        "superadmin@demo.test",
        PORTAL_CUSTOMER,
        "crm_live_other_0123456789abcdef",
        PASSWORD,
    ):
        assert expected in shown


def test_without_the_demo_no_login_is_shown(db: None) -> None:
    out = StringIO()
    call_command("show_logins", stdout=out)
    assert out.getvalue().split() == [
        *("CRM", "http://127.0.0.1:8000/"),
        *("Admin", "http://127.0.0.1:8000/admin/"),
        *("API", "docs", "http://127.0.0.1:8000/api/docs/"),
    ]


@on_postgresql
def test_indexes_and_foreign_keys_are_as_before_a_big_load(db: None) -> None:
    def structure() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
            # of a list of texts PostgreSQL writes the casts otherwise each time it has read it
            casts = re.compile(r"::(?:character varying|text)(?:\[\])?|[()]")
            indexes = [casts.sub("", definition) for (definition,) in cursor.fetchall()]
            cursor.execute(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
                "FROM pg_constraint ORDER BY 1, 2"
            )
            return [indexes, cursor.fetchall()]

    before = structure()
    with without_indexes(Customer, *HISTORY_MODELS):
        during = structure()
    assert structure() == before
    assert len(during[0]) < len(before[0]) - 30
    assert len(during[1]) < len(before[1]) - 40

"""Many at once: nothing doubled, nothing lost, nothing waits for ever."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core.audit.models import AuditEntry, OutboxEvent
from core.identity.services import actor_of
from core.identity.tokens import open_session
from core.jobs.models import Job
from core.tenancy.services.organizations import update_organization
from customers.models import Customer, Project, Tag
from customers.services.customers import create_customer, update_customer
from customers.services.work import create_project
from tests import background
from tests.cast import Cast, customer_values, make_cast
from tests.client import ApiClient

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

Work = Callable[[], Any]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def at_once(*work: Work) -> list[Any]:
    """What each returned; all begin together, each on a connection of its own."""
    answers: list[Any] = [None] * len(work)
    gate = threading.Barrier(len(work))

    def run(number: int) -> None:
        try:
            gate.wait(30)
            answers[number] = work[number]()
        except Exception as error:  # told in the main thread, which compares answers
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers


def statuses(answers: list[Any]) -> Counter[Any]:
    return Counter(getattr(answer, "status_code", repr(answer)) for answer in answers)


def jane(cast: Cast, number: int = 1, **more: Any) -> Customer:
    return create_customer(actor=actor_of(cast.alice), values=customer_values(number, **more))


def row(customer: Customer) -> Customer:
    return Customer.objects.unscoped().get(pk=customer.pk)


def test_of_24_simultaneous_creations_of_one_email_one_succeeds(cast: Cast) -> None:
    clients = [ApiClient(user=cast.alice) for _ in range(24)]

    def create(number: int) -> Work:
        email = "JANE@example.com" if number % 2 else "jane@example.com"
        body = {"first_name": "Jane", "last_name": str(number), "email": email}
        return lambda: clients[number].post("/api/customers", body)

    answers = at_once(*map(create, range(24)))
    assert statuses(answers) == {201: 1, 409: 23}
    assert {answer.json()["error"] for answer in answers if answer.status_code == 409} == {
        "Customer with this email already exists"
    }
    assert Customer.objects.unscoped().count() == 1
    assert AuditEntry.objects.unscoped().filter(action="customer.created").count() == 1
    assert OutboxEvent.objects.unscoped().filter(type="customer.created").count() == 1


def test_a_creation_and_a_restore_of_one_email_leave_one_living_customer(cast: Cast) -> None:
    gone = jane(cast)
    alice = ApiClient(user=cast.alice)
    assert alice.delete(f"/api/customers/{gone.pk}").status_code == 200
    answers = at_once(
        lambda: ApiClient(user=cast.alice).post(f"/api/customers/{gone.pk}/restore"),
        *[lambda: ApiClient(user=cast.alice).post("/api/customers", customer_values(1))] * 3,
    )
    found = statuses(answers)
    assert found[409] == 3
    assert found[200] + found[201] == 1
    assert (
        Customer.objects.unscoped().filter(deleted_at=None, email_key="jane1@example.com").count()
        == 1
    )


def test_40_simultaneous_interactions_are_40(cast: Cast) -> None:
    customer = jane(cast)
    clients = [ApiClient(user=cast.bob) for _ in range(40)]
    path = f"/api/customers/{customer.pk}/interactions"
    assert statuses(
        at_once(*[lambda c=client: c.post(path, {"type": "email"}) for client in clients])
    ) == {201: 40}
    assert row(customer).interaction_count == 40
    assert row(customer).version == 1


def test_24_simultaneous_projects_add_up_to_the_cent(cast: Cast) -> None:
    customer = jane(cast)
    clients = [ApiClient(user=cast.mona) for _ in range(24)]
    body = {"customer_id": str(customer.pk), "total_amount": 1000.01}
    assert statuses(
        at_once(*[lambda c=client: c.post("/api/projects", body) for client in clients])
    ) == {201: 24}
    assert (str(row(customer).lifetime_value), row(customer).project_count) == ("24000.24", 24)


def test_projects_recalculation_and_updates_at_once_keep_the_sum_exact(cast: Cast) -> None:
    customer = jane(cast)
    clients = [ApiClient(user=cast.alice) for _ in range(18)]

    def work(number: int) -> Work:
        client, path = clients[number], f"/api/customers/{customer.pk}"
        return [
            lambda: client.post(
                "/api/projects", {"customer_id": str(customer.pk), "total_amount": number}
            ),
            lambda: client.post(f"{path}/calculate-ltv"),
            lambda: client.patch(path, {"campaign": f"c{number}"}),
        ][number % 3]

    assert set(statuses(at_once(*map(work, range(18))))) == {200, 201}
    assert (
        row(customer).lifetime_value
        == sum(range(0, 18, 3))
        == sum(Project.objects.unscoped().values_list("total_amount", flat=True))
    )
    assert row(customer).version == 7


def test_two_patches_of_different_fields_both_survive_in_20_rounds(cast: Cast) -> None:
    customer = jane(cast)
    alice, mona = ApiClient(user=cast.alice), ApiClient(user=cast.mona)
    path = f"/api/customers/{customer.pk}"
    for number in range(20):
        city, campaign = {"city": f"city {number}"}, {"campaign": f"campaign {number}"}
        answers = at_once(
            lambda body=city: alice.patch(path, body), lambda body=campaign: mona.patch(path, body)
        )
        assert statuses(answers) == {200: 2}
        found = row(customer)
        assert (found.city, found.campaign, found.version) == (
            f"city {number}",
            f"campaign {number}",
            3 + 2 * number,
        )


def test_of_8_writes_that_name_the_same_version_one_succeeds(cast: Cast) -> None:
    customer = jane(cast)
    clients = [ApiClient(user=cast.alice) for _ in range(8)]
    path = f"/api/customers/{customer.pk}"

    def write(number: int) -> Work:
        return lambda: clients[number].send(
            "PATCH", path, {"city": f"city {number}"}, **{"If-Match": '"1"'}
        )

    answers = at_once(*map(write, range(8)))
    assert statuses(answers) == {200: 1, 412: 7}
    (winner,) = [answer for answer in answers if answer.status_code == 200]
    assert (row(customer).city, row(customer).version) == (winner.json()["data"]["city"], 2)


def test_a_refresh_token_used_by_16_at_once_works_once_and_its_family_is_dead(cast: Cast) -> None:
    pair = open_session(user=cast.alice)
    clients = [ApiClient() for _ in range(16)]
    answers = at_once(
        *[
            lambda c=client: c.post("/api/auth/refresh", {"refresh": pair.refresh})
            for client in clients
        ]
    )
    assert statuses(answers) == {200: 1, 401: 15}
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    for access in (pair.access, winner["access"]):
        assert ApiClient(Authorization=f"Bearer {access}").get("/api/auth/me").status_code == 401
    assert ApiClient().post("/api/auth/refresh", {"refresh": winner["refresh"]}).status_code == 401


def test_one_idempotency_key_used_by_16_at_once_makes_one_customer(cast: Cast) -> None:
    clients = [ApiClient(user=cast.alice, **{"Idempotency-Key": "the same"}) for _ in range(16)]
    answers = at_once(
        *[lambda c=client: c.post("/api/customers", customer_values(1)) for client in clients]
    )
    assert statuses(answers) == {201: 16}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotent-Replayed", "false") for answer in answers) == [
        "false",
        *["true"] * 15,
    ]
    assert Customer.objects.unscoped().count() == 1


def test_those_who_refer_each_other_can_buy_at_once_without_a_deadlock(cast: Cast) -> None:
    admin = actor_of(cast.alice)
    first, second = jane(cast, 1), jane(cast, 2)
    update_customer(actor=admin, customer_id=first.pk, values={"referred_by": second.pk})
    update_customer(actor=admin, customer_id=second.pk, values={"referred_by": first.pk})
    clients = [ApiClient(user=cast.mona) for _ in range(20)]

    def buy(number: int) -> Work:
        body = {"customer_id": str((first, second)[number % 2].pk), "total_amount": 10}
        return lambda: clients[number].post("/api/projects", body)

    assert statuses(at_once(*map(buy, range(20)))) == {201: 20}
    for one in (first, second):
        assert (row(one).lifetime_value, row(one).referral_value, row(one).referral_count) == (
            100,
            100,
            1,
        )


def test_two_customers_made_each_others_referrer_at_once_do_not_deadlock(cast: Cast) -> None:
    first, second = jane(cast, 1), jane(cast, 2)
    alice, mona = ApiClient(user=cast.alice), ApiClient(user=cast.mona)
    for _ in range(8):
        answers = at_once(
            lambda: alice.patch(f"/api/customers/{first.pk}", {"referred_by": str(second.pk)}),
            lambda: mona.patch(f"/api/customers/{second.pk}", {"referred_by": str(first.pk)}),
        )
        assert statuses(answers) == {200: 2}
        assert (row(first).referral_count, row(second).referral_count) == (1, 1)
        for one in (first, second):
            assert alice.patch(f"/api/customers/{one.pk}", {"referred_by": None}).status_code == 200


def test_one_new_tag_given_by_12_at_once_is_one_tag(cast: Cast) -> None:
    customers = [jane(cast, number) for number in range(12)]
    clients = [ApiClient(user=cast.mona) for _ in range(12)]

    def give(number: int) -> Work:
        return lambda: clients[number].patch(
            f"/api/customers/{customers[number].pk}", {"tags": "new,other"}
        )

    assert statuses(at_once(*map(give, range(12)))) == {200: 12}
    assert sorted(Tag.objects.unscoped().values_list("name", flat=True)) == ["new", "other"]


def test_bulk_updates_of_the_same_customers_in_opposite_order_do_not_deadlock(cast: Cast) -> None:
    ids = [str(jane(cast, number).pk) for number in range(30)]
    clients = [ApiClient(user=cast.mona) for _ in range(6)]

    def update(number: int) -> Work:
        body = {
            "customer_ids": ids if number % 2 else ids[::-1],
            "updates": {"campaign": f"c{number}", "tags": f"t{number}"},
        }
        return lambda: clients[number].post("/api/customers/bulk-update", body)

    assert statuses(at_once(*map(update, range(6)))) == {207: 6}
    assert set(Customer.objects.unscoped().values_list("version", flat=True)) == {7}
    assert len(set(Customer.objects.unscoped().values_list("campaign", flat=True))) == 1


def test_one_staff_member_is_not_booked_twice_at_once(cast: Cast) -> None:
    customer = jane(cast)
    clients = [ApiClient(user=cast.bob) for _ in range(8)]
    body = {
        "customer_id": str(customer.pk),
        "staff_id": str(cast.bob.pk),
        "appointment_date": "2027-01-01",
        "start_time": "10:00",
    }
    answers = at_once(*[lambda c=client: c.post("/api/appointments", body) for client in clients])
    assert statuses(answers) == {201: 1, 409: 7}
    assert row(customer).total_appointments == 1


def test_a_changed_threshold_loses_no_project_that_comes_meanwhile(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    customer = create_customer(actor=actor, values=customer_values())

    def buy() -> None:
        create_project(actor=actor, values={"customer": customer.pk, "total_amount": 100})

    def raise_threshold() -> None:
        update_organization(
            actor=actor, organization=cast.acme, values={"premium_lifetime_value": 500}
        )
        background.run(Job.objects.for_actor(actor).get(kind="recalculation").pk)

    assert at_once(*[buy] * 12, raise_threshold) == [None] * 13
    customer.refresh_from_db()
    assert (customer.lifetime_value, customer.project_count) == (1200, 12)

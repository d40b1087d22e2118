"""A person's addresses are rows of their own: who is asked for by any of them is found."""

import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from core.errors import Conflict, Invalid, NotFound
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from customers.choices import IdentityKind, IdentitySource
from customers.filters import CustomerConditions
from customers.models import Customer, CustomerTag, Identity, Tag
from customers.selectors.customers import customers
from customers.selectors.lookup import (
    EMAILS,
    NUMBERS,
    customer_with_address,
    customer_with_email,
    customer_with_phone,
    customers_with_addresses,
)
from customers.services.bulk_creation import create_customers
from customers.services.creation import add_customer
from customers.services.customers import (
    create_customer,
    delete_customer,
    delete_customers,
    restore_customer,
    restore_customers,
    update_customer,
)
from customers.services.erasure import erase_customer, suppressed
from tests.cast import Cast, customer_values

HOME, WORK, FAMILY = "+12485550001", "+13135550002", "+17345550003"


def addresses(customer: Customer) -> set[tuple[str, str, bool]]:
    rows = Identity.objects.unscoped().filter(customer=customer)
    return set(rows.values_list("kind", "value", "is_primary"))


def learn(actor: Actor, customer: Customer, kind: IdentityKind, value: str) -> Identity:
    return Identity.objects.add(
        actor, customer=customer, kind=kind, value=value, source=IdentitySource.MESSAGE
    )


def known_by(actor: Actor, whatsapp_id: str, **values: Any) -> Customer:
    """A customer who wrote under a WhatsApp user id."""
    row = Identity.objects.new(
        actor, kind=IdentityKind.WHATSAPP_ID, value=whatsapp_id, source=IdentitySource.MESSAGE
    )
    with transaction.atomic():
        return add_customer(actor=actor, values=values, learned=[row])


def test_every_address_of_a_new_customer_is_a_row(actor: Actor) -> None:
    row = create_customer(
        actor=actor,
        values=customer_values(
            email="Jane@Example.com",
            phone=HOME,
            whatsapp_number=WORK,
            alternative_phones=[HOME, FAMILY],
        ),
    )
    assert addresses(row) == {
        ("email", "jane@example.com", True),
        ("phone", HOME, True),
        ("phone", FAMILY, False),
        ("whatsapp", WORK, True),
    }
    first = Identity.objects.unscoped().filter(customer=row).first()
    assert first is not None
    assert (first.source, first.is_living, first.verified_at) == ("record", True, None)
    assert first.first_seen_at == first.last_seen_at == row.created_at


def test_the_rows_follow_the_columns_and_keep_what_was_learned(actor: Actor) -> None:
    row = create_customer(actor=actor, values=customer_values(phone=HOME, whatsapp_number=HOME))
    learn(actor, row, IdentityKind.PHONE, WORK)
    stays = Identity.objects.for_actor(actor).get(customer=row, kind="whatsapp")
    update_customer(
        actor=actor, customer_id=row.pk, values={"phone": WORK, "alternative_phones": [FAMILY]}
    )
    assert addresses(row) == {
        ("email", "jane1@example.com", True),
        ("phone", WORK, True),
        ("phone", FAMILY, False),
        ("whatsapp", HOME, True),
    }
    assert Identity.objects.for_actor(actor).get(customer=row, kind="whatsapp").pk == stays.pk
    update_customer(actor=actor, customer_id=row.pk, values={"phone": None, "email": None})
    # learned from a message, so it stays; the others stood in the record alone
    assert addresses(row) == {
        ("phone", WORK, False),
        ("phone", FAMILY, False),
        ("whatsapp", HOME, True),
    }


def test_a_change_of_names_keeps_learned_addresses_in_the_search(actor: Actor) -> None:
    row = known_by(actor, "US.13491208655302741918", first_name="Ann")
    update_customer(actor=actor, customer_id=row.pk, values={"first_name": "Anna"})
    for text in ("anna", "US.13491208655302741918", "302741918"):
        conditions = CustomerConditions(search=text)
        assert list(customers(actor=actor, conditions=conditions)) == [row], text


def test_a_primary_address_decides_and_a_shared_one_when_one_has_it(actor: Actor) -> None:
    wanda = create_customer(actor=actor, values=customer_values(1, phone=HOME))
    hugo = create_customer(
        actor=actor,
        values=customer_values(2, phone=WORK, alternative_phones=[HOME], whatsapp_number=FAMILY),
    )
    assert customer_with_phone(actor=actor, phone="(248) 555-0001") == wanda
    assert customer_with_phone(actor=actor, phone=FAMILY) == hugo  # as a WhatsApp number
    create_customer(actor=actor, values=customer_values(3, alternative_phones=[FAMILY]))
    with pytest.raises(NotFound):
        customer_with_phone(actor=actor, phone=FAMILY)
    delete_customer(actor=actor, customer_id=wanda.pk)
    assert customer_with_phone(actor=actor, phone=HOME) == hugo  # by now the only one
    learn(actor, hugo, IdentityKind.EMAIL, "hugo@old.example")
    assert customer_with_email(actor=actor, email="Hugo@OLD.example") == hugo


def test_many_addresses_are_looked_up_at_once_by_the_same_rule(
    actor: Actor, cast: Cast, django_assert_num_queries: Any
) -> None:
    rows = [
        create_customer(
            actor=actor, values=customer_values(number, whatsapp_number=FAMILY if number else WORK)
        )
        for number in range(3)
    ]
    numbers = [*(row.phone for row in rows), WORK, FAMILY, "+19065550007", ""]
    with django_assert_num_queries(1):
        found = customers_with_addresses(actor=actor, kinds=NUMBERS, values=numbers)
    assert found == {row.phone: row.pk for row in rows} | {WORK: rows[0].pk}
    for number in numbers:
        try:
            alone = customer_with_address(actor=actor, kinds=NUMBERS, value=number).pk
        except NotFound:
            alone = None
        assert found.get(number) == alone
    assert customers_with_addresses(actor=actor, kinds=EMAILS, values=[]) == {}
    stranger = actor_of(cast.charlie)
    assert customers_with_addresses(actor=stranger, kinds=NUMBERS, values=numbers) == {}


def test_a_customer_can_be_known_by_a_whatsapp_user_id_alone(actor: Actor) -> None:
    row = known_by(actor, "US.1")
    assert addresses(row) == {("whatsapp_id", "US.1", False)}
    assert row.display_name == "Unnamed"
    found = customer_with_address(actor=actor, kinds=[IdentityKind.WHATSAPP_ID], value="US.1")
    assert found == row
    with pytest.raises(Invalid):
        add_customer(actor=actor, values={"city": "Troy"})


def test_a_whatsapp_user_id_is_one_living_customers(actor: Actor, cast: Cast) -> None:
    first = known_by(actor, "US.1")
    with pytest.raises(Conflict) as refused:
        known_by(actor, "US.1", first_name="Another")
    assert (refused.value.field, refused.value.customer_id) == ("whatsapp_id", first.pk)
    known_by(actor_of(cast.charlie), "US.1")  # another organization's person


def test_deletion_frees_the_addresses_and_restoration_asks_for_them(actor: Actor) -> None:
    first = known_by(actor, "US.1")
    delete_customers(actor=actor, customer_ids=[first.pk])
    second = known_by(actor, "US.1")
    with pytest.raises(Conflict) as refused:
        restore_customers(actor=actor, customer_ids=[first.pk])
    assert (refused.value.field, refused.value.customer_id) == ("whatsapp_id", second.pk)
    delete_customer(actor=actor, customer_id=second.pk)
    restore_customer(actor=actor, customer_id=first.pk)
    found = customer_with_address(actor=actor, kinds=[IdentityKind.WHATSAPP_ID], value="US.1")
    assert found == first


@pytest.mark.parametrize("field", ["email", "phone", "external_id"])
def test_a_conflict_names_the_customer_who_has_the_value(
    actor: Actor, cast: Cast, field: str
) -> None:
    theirs = create_customer(actor=actor, values=customer_values(1, external_id="e-1"))
    other = create_customer(actor=actor, values=customer_values(2))
    value = getattr(theirs, field)
    with pytest.raises(Conflict) as refused:
        create_customer(actor=actor, values={**customer_values(3), field: value})
    assert (refused.value.field, refused.value.customer_id) == (field, theirs.pk)
    with pytest.raises(Conflict) as refused:
        update_customer(actor=actor, customer_id=other.pk, values={field: value})
    assert (refused.value.field, refused.value.customer_id) == (field, theirs.pk)
    delete_customer(actor=actor, customer_id=theirs.pk)
    update_customer(actor=actor, customer_id=other.pk, values={field: value})
    with pytest.raises(Conflict) as refused:
        restore_customer(actor=actor, customer_id=theirs.pk)
    assert (refused.value.field, refused.value.customer_id) == (field, other.pk)


def test_who_sees_no_customers_is_not_told_whose_the_value_is(actor: Actor, cast: Cast) -> None:
    create_customer(actor=actor, values=customer_values(1))
    blind = Actor.of_key(
        key_id=UUID(int=1),
        prefix="w",
        scopes=["write"],
        organization=cast.acme,
        environment="live",
    )
    assert not blind.may(Permission.VIEW)
    with pytest.raises(Conflict) as refused:
        create_customer(actor=blind, values=customer_values(1))
    assert refused.value.customer_id is None


def test_a_row_with_somebodys_whatsapp_number_is_a_duplicate(actor: Actor) -> None:
    mia = create_customer(actor=actor, values=customer_values(1, whatsapp_number=HOME))
    for number in (2, 3):
        create_customer(actor=actor, values=customer_values(number, alternative_phones=[FAMILY]))
    first, second = create_customers(
        actor=actor, rows=[{"first_name": "Mia", "phone": HOME}, {"phone": FAMILY}]
    )
    assert (first.outcome, first.customer_id) == ("duplicate", mia.pk)
    assert second.outcome == "created"  # shared by two: it decides nothing


def test_erasure_remembers_every_address_but_a_households(actor: Actor) -> None:
    gone = create_customer(
        actor=actor,
        values=customer_values(1, phone=HOME, whatsapp_number=WORK, alternative_phones=[FAMILY]),
    )
    learn(actor, gone, IdentityKind.EMAIL, "old@example.com")
    create_customer(actor=actor, values=customer_values(2, alternative_phones=[FAMILY]))
    erase_customer(actor=actor, customer_id=gone.pk, ground="asked")
    assert not Identity.objects.unscoped().filter(value__in=[HOME, WORK]).exists()
    hers = {"jane1@example.com", "old@example.com", HOME, WORK}
    assert suppressed(actor=actor, addresses={*hers, FAMILY}) == hers
    (result,) = create_customers(
        actor=actor, rows=[{"first_name": "Back", "phone": "3135550099", "whatsapp_number": WORK}]
    )
    assert isinstance(result.error, Invalid)
    assert result.error.faults["phone"][0].code == "suppressed"


def test_erasure_takes_tags_that_nobody_else_carries(actor: Actor) -> None:
    gone = create_customer(actor=actor, values=customer_values(1, tags=["Jane's own", "vip"]))
    stays = create_customer(actor=actor, values=customer_values(2, tags=["vip"]))
    Tag.objects.add(actor, name="never given")
    erase_customer(actor=actor, customer_id=gone.pk, ground="asked")
    assert set(Tag.objects.for_actor(actor).values_list("name", flat=True)) == {
        "vip",
        "never given",
    }
    assert CustomerTag.objects.for_actor(actor).filter(customer=stays).count() == 1


def test_the_statements_of_a_change_do_not_grow_with_the_customers(
    actor: Actor, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        create_customer(actor=actor, values=customer_values(1))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_bring_the_same_number_at_once_one_is_refused_by_name(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    Organization.objects.get(pk=cast.acme.pk)
    answers: list[Any] = []

    def create(number: int) -> None:
        try:
            answers.append(create_customer(actor=actor, values=customer_values(number, phone=HOME)))
        except Conflict as conflict:
            answers.append(conflict.customer_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=create, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (made,) = [each for each in answers if isinstance(each, Customer)]
    assert made.pk in answers

"""A customer is found by whole names and pieces of them, and by addresses however spelled."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.tenancy.actor import Actor
from core.text import fold, words_of
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.search import search_text
from customers.selectors.customers import customers
from customers.services.customers import create_customer

PEOPLE = {
    "maria": {"first_name": "María", "last_name": "de la Cruz", "phone": "+1 248 555 0671"},
    "juan": {"first_name": "Juan", "last_name": "van de Berg", "email": "jvdb@example.com"},
    "smithson": {"first_name": "J. R.", "last_name": "Smithson"},
    "ana": {"first_name": "Ana", "last_name": "López y García"},
    "mary": {"first_name": "Mary Jo", "last_name": "Patterson"},
    "cobb": {"company_name": "Cobb & Sons, LLC", "is_business": True},
    "obrien": {"first_name": "Siobhán", "last_name": "O’Brien", "email": "s.obrien@example.com"},
    "jean": {"first_name": "Jean-Luc", "last_name": "D'Arcy"},
    "plumbing": {"company_name": "24/7 Plumbing", "is_business": True},
    "hans": {
        "first_name": "Hans",
        "last_name": "Groß",
        "phone": "+49 171 1234567",
        "whatsapp_number": "+49 30 901820",
        "alternative_phones": ["+1 313 555 8642"],
    },
    "doe": {"first_name": "Jane", "last_name": "Doe", "email": "Jane.Doe@Müller.example"},
}


def found(actor: Actor, text: str, **more: object) -> list[str]:
    conditions = CustomerConditions(search=text, **more)  # type: ignore[arg-type]
    return sorted(row.notes for row in customers(actor=actor, conditions=conditions))


@pytest.fixture
def people(actor: Actor) -> None:
    for key, values in PEOPLE.items():
        create_customer(actor=actor, values={**values, "notes": key})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # whole names, as they stand on the screen
        ("María de la Cruz", "maria"),
        ("maria DE LA CRUZ", "maria"),
        ("de la Cruz", "maria"),
        ("Juan van de Berg", "juan"),
        ("J. R. Smithson", "smithson"),
        ("J R Smithson", "smithson"),
        ("Ana López y García", "ana"),
        ("Mary Jo Patterson", "mary"),
        ("Cobb & Sons, LLC", "cobb"),
        ("cobb and", ""),
        # apostrophes
        ("O'Brien", "obrien"),
        ("OBrien", "obrien"),
        ("O’Brien", "obrien"),
        ("O`Brien", "obrien"),
        ("darcy", "jean"),
        ("Jean-Luc D’Arcy", "jean"),
        # short words are the beginning of any word of a name
        ("de", "juan maria"),
        ("la", "maria"),
        ("ll", "cobb"),
        ("y", "ana"),
        ("ru", ""),
        ("jv", ""),
        # longer ones stand anywhere
        ("ruz", "maria"),
        ("GROSS", "hans"),
        ("smith jr", ""),
        ("smith j r", "smithson"),
        ("doe jane", "doe"),
        # addresses
        ("jane.doe@müller.example", "doe"),
        ("JANE.DOE@MULLER.EXAMPLE", "doe"),
        ("doe@muller", "doe"),
        ("@example.com", "juan obrien"),
        ("s.obrien@example.com", "obrien"),
        ("s.obrien", "obrien"),
        ("jane@", ""),
        # numbers, however they are spaced
        ("2485550671", "maria"),
        ("(248) 555-0671", "maria"),
        ("+1 248-555-0671", "maria"),
        ("248 555 06", "maria"),
        ("555 06", "maria"),
        ("671", "maria"),
        ("María 555 06", "maria"),
        ("0171 1234567", "hans"),
        ("0049 171 123 45 67", "hans"),
        ("+49 (0) 171 1234567", "hans"),
        ("030 901820", "hans"),
        ("313.555.8642", "hans"),
        ("24/7", "plumbing"),
        ("24/7 plumbing", "plumbing"),
        ("555", "hans maria"),
        # nothing
        ("&", ""),
        ("- . ,", ""),
        ("zzqxj", ""),
        ("|", ""),
        ("%", ""),
        ("_", ""),
    ],
)
def test_a_search_finds(actor: Actor, people: None, text: str, expected: str) -> None:
    assert found(actor, text) == expected.split()


def test_punctuation_around_and_between_words_is_ignored(actor: Actor, people: None) -> None:
    for text in ("¡María! (de la Cruz)", "maria, de la cruz;", "“María” – de—la Cruz…"):
        assert found(actor, text) == ["maria"], text


def test_the_deleted_are_searched_alike(actor: Actor, people: None) -> None:
    Customer.objects.for_actor(actor).filter(notes="maria").update(deleted_at="2026-01-01T00:00Z")
    assert found(actor, "de la cruz") == []
    assert found(actor, "de la cruz", deleted=True) == ["maria"]


ALPHABET = "aáàbDdeEøßñ 'ʼ’-.&,1239"
names = st.text(st.sampled_from(ALPHABET), max_size=14)


def by_words(text: str, names: Sequence[str]) -> bool:
    """The rule in plain Python, for texts that hold words alone."""
    held = [word for name in names for word in words_of(name)]
    return all(
        any(word in each if len(word) >= 3 else each.startswith(word) for each in held)
        for word in words_of(text)
    )


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(names=st.tuples(names, names), text=st.text(st.sampled_from("aábdeEøßñ '-&"), max_size=8))
def test_the_database_finds_what_the_rule_says(
    actor: Actor, names: tuple[str, str], text: str
) -> None:
    customer = Customer.objects.for_actor(actor).first() or create_customer(
        actor=actor, values={"first_name": "Ann", "notes": "ann"}
    )
    customer.search_text = search_text(names, [])
    customer.save(update_fields=["search_text"])
    expected = by_words(text, names) if words_of(text) else False
    assert (found(actor, text) == ["ann"]) == expected


def test_every_piece_of_a_name_and_every_name_is_found(actor: Actor, people: None) -> None:
    draw = random.Random(5)
    for key, values in PEOPLE.items():
        whole = " ".join(
            str(values[name])
            for name in ("first_name", "last_name", "company_name")
            if name in values
        )
        pieces = [whole, whole.upper(), fold(whole), *whole.split()]
        pieces += [f"{left} {right}" for left, right in pairwise(whole.split())]
        for word in words_of(whole):
            if len(word) > 3:
                start = draw.randrange(len(word) - 2)
                pieces.append(word[start : start + 3])
        for piece in pieces:
            if words_of(piece):
                assert key in found(actor, piece), (whole, piece)

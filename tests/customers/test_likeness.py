"""Which records are taken for one person: the rules of scoring as a table."""

import datetime as dt
from typing import Any

import pytest

from customers.choices import DuplicateEvidence
from customers.likeness import (
    CEILINGS,
    KEPT_FROM,
    LIKELY_FROM,
    POINTS,
    compare,
    mailbox,
    match_keys,
    profile_of,
    sound,
)

BORN = dt.date(1980, 5, 17)
HOME = {"street": "12 Oak Street", "city": "Detroit", "postal_code": "48201"}
EMAIL, PHONE = "jane.doe@example.com", "+12485550671"


def record(name: str = "", *addresses: str, **columns: Any) -> tuple[dict[str, Any], list[str]]:
    first, _, last = name.partition(" ")
    return {"first_name": first, "last_name": last, **columns}, list(addresses)


def firm(name: str, *addresses: str, **columns: Any) -> tuple[dict[str, Any], list[str]]:
    return {"company_name": name, "is_business": True, **columns}, list(addresses)


LIKELY = {
    "typo in the name, one address": (
        record("Jonathan Wilson", **HOME),
        record("Jonathon Wilson", **HOME),
    ),
    "typo in the last name, one phone": (
        record("Jane Peterson", PHONE),
        record("Jane Petersen", PHONE),
    ),
    "names swapped": (record("Jane Doe", **HOME), record("Doe Jane", **HOME)),
    "nickname, one address": (record("Bob Smith", **HOME), record("Robert Smith", **HOME)),
    "Spanish nickname": (record("Pepe Ruiz", PHONE), record("José Ruiz", PHONE)),
    "plus in the mailbox": (
        record("Jane Doe", EMAIL),
        record("Jane Doe", "jane.doe+shop@example.com"),
    ),
    "Google's dots": (
        record("Jane Doe", "jane.doe@gmail.com"),
        record("Jane Doe", "janedoe@googlemail.com"),
    ),
    "one phone, names alike": (record("Catherine Doe", PHONE), record("Katherine Doe", PHONE)),
    "one phone, whole name in one field": (
        record("Jane Doe", PHONE),
        ({"first_name": "Jane Doe", "last_name": ""}, [PHONE]),
    ),
    "legal form": (firm("Acme Roofing Ltd", **HOME), firm("Acme Roofing Limited", **HOME)),
    "legal form, one phone": (firm("Acme Roofing, Inc.", PHONE), firm("ACME Roofing", PHONE)),
    "married, one mailbox and birthday": (
        record("Jane Doe", EMAIL, date_of_birth=BORN),
        record("Jane Miller", "jane.doe+new@example.com", date_of_birth=BORN),
    ),
    "accents": (record("José Muñoz", **HOME), record("Jose Munoz", **HOME)),
    "umlauts written out": (record("Jürgen Müller", **HOME), record("Juergen Mueller", **HOME)),
    "another script": (record("Иван Петров", **HOME), record("Ivan Petrov", **HOME)),
    "one name and birthday": (
        record("Jane Doe", date_of_birth=BORN),
        record("Jane Doe", date_of_birth=BORN),
    ),
    "the flat is missing": (
        record("Jane Doe", **HOME),
        record("Jane Doe", **{**HOME, "street": "12 Oak St, Apt 4", "postal_code": "48201-1234"}),
    ),
    "a title": (record("Dr. Jane Doe", PHONE), record("Jane Doe", PHONE)),
}

POSSIBLE = {
    "one name, one postal code": (
        record("Jane Doe", postal_code="48201"),
        record("Jane Doe", postal_code="48201"),
    ),
    "father and son": (
        record("John Doe", PHONE, date_of_birth=BORN, **HOME),
        record("John Doe", PHONE, date_of_birth=dt.date(2008, 1, 2), **HOME),
    ),
    "one phone, one without a name": (record("Jane Doe", PHONE), record("", PHONE)),
    "a colleague of the same name": (
        record("Jane Doe", company_name="Acme Ltd"),
        record("Jane Doe", company_name="ACME"),
    ),
}

UNLIKE = {
    "one household": (record("Jane Doe", PHONE, **HOME), record("Peter Doe", PHONE, **HOME)),
    "one household, one mailbox": (
        record("Jane Doe", PHONE, "doe+jane@example.com", **HOME),
        record("Peter Doe", PHONE, "doe+peter@example.com", **HOME),
    ),
    "names of a brother and a sister": (
        record("Mario Ruiz", PHONE, **HOME),
        record("Maria Ruiz", PHONE, **HOME),
    ),
    "neighbours": (record("Jane Doe", **HOME), record("Peter Miller", **HOME)),
    "one phone, another name": (record("Jane Doe", PHONE), record("Peter Miller", PHONE)),
    "one name and nothing else": (record("Jane Doe"), record("Jane Doe")),
    "one name, another birthday": (
        record("Jane Doe", date_of_birth=BORN, postal_code="48201"),
        record("Jane Doe", date_of_birth=dt.date(1990, 1, 1), postal_code="48201"),
    ),
    "two firms in one house": (firm("Acme Roofing", **HOME), firm("Bolt Plumbing", **HOME)),
    "branches of a chain": (
        firm("Acme Roofing", postal_code="48201"),
        firm("Acme Roofing", postal_code="90210"),
    ),
    "colleagues": (
        record("Jane Doe", company_name="Acme Ltd", **HOME),
        record("Peter Miller", company_name="Acme Ltd", **HOME),
    ),
    "nothing at all": (record(), record()),
}


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        pytest.param(*pair, low, high, id=name)
        for pairs, low, high in (
            (LIKELY, LIKELY_FROM, 100),
            (POSSIBLE, KEPT_FROM, LIKELY_FROM - 1),
            (UNLIKE, 0, KEPT_FROM - 1),
        )
        for name, pair in pairs.items()
    ],
)
def test_score(one: Any, other: Any, low: int, high: int) -> None:
    first, second = profile_of(*one), profile_of(*other)
    finding = compare(first, second)
    assert low <= finding.score <= high, finding
    assert compare(second, first) == finding
    if finding.score >= KEPT_FROM:
        assert match_keys(first) & match_keys(second)


def test_every_likeness_has_points() -> None:
    assert set(POINTS) == set(DuplicateEvidence)
    assert set(CEILINGS) < set(DuplicateEvidence)


def test_evidence_tells_nothing_of_what_was_compared() -> None:
    person = profile_of(*record("Jane Doe", EMAIL, PHONE, date_of_birth=BORN, **HOME))
    finding = compare(person, person)
    assert finding.score == 100
    assert [set(each) for each in finding.evidence] == [{"code", "points"}] * len(finding.evidence)
    assert [each["code"] for each in finding.evidence] == [
        *("same_email", "same_phone", "same_name", "same_birthday", "same_address")
    ]


@pytest.mark.parametrize(
    ("email", "arrives"),
    [
        ("jane+a@example.com", "jane@example.com"),
        ("j.a.n.e+b@gmail.com", "jane@gmail.com"),
        ("jane@googlemail.com", "jane@gmail.com"),
        ("jane.doe@example.com", "jane.doe@example.com"),
        ("jane-shop@yahoo.de", "jane@yahoo.de"),
        ("jane-ann@example.com", "jane-ann@example.com"),
        ("+@example.com", "+@example.com"),
    ],
)
def test_mailbox(email: str, arrives: str) -> None:
    assert mailbox(email) == arrives


@pytest.mark.parametrize(
    "words",
    [
        ("catherine", "katherine", "kathryn"),
        ("meier", "mayer", "maier"),
        ("jon", "john"),
        ("muller", "mueller"),
        ("schmidt", "schmitt", "smit"),
        ("philip", "filip", "phillip"),
    ],
)
def test_words_that_sound_alike(words: tuple[str, ...]) -> None:
    assert len({sound(word) for word in words}) == 1

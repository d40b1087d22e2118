"""E-mail addresses, compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import MAX_EMAIL, email_key, is_encodable_email, not_one_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A@Example.com", "a@example.com"),
        ("a@ｅxample.com", "a@example.com"),
        ("a@münchen.de", "a@xn--mnchen-3ya.de"),
        ("a@mu\u0308nchen.de", "A@MÜNCHEN.de"),
        ("a@ﬁx.com", "a@fix.com"),
        ("ſam@x.com", "sam@x.com"),
        ("a@ex\u3002ample.com", "a@ex.ample.com"),
        *(
            (f"in.vis{each}ible@exa{each}mple.com{each}", "in.visible@example.com")
            for each in "\u200b\u200c\u200d\u2060\ufeff\u200e\u202c\xad"
        ),
    ],
)
def test_what_looks_the_same_is_the_same_address(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a+b@x.com", "a@x.com"), ("a.b@x.com", "ab@x.com"), ("a@faß.de", "a@fass.de")],
)
def test_what_differs_is_another_address(one: str, other: str) -> None:
    assert email_key(one) != email_key(other)


@pytest.mark.parametrize("email", ["a@☕.us", f"a@{'ü' * 64}.de", f"a@{'ü.' * 100}de"])
def test_a_domain_that_dns_cannot_hold_is_none(email: str) -> None:
    assert not is_encodable_email(email)


@given(st.emails())
def test_an_ascii_address_is_merely_lowered(email: str) -> None:
    assert email_key(email) == email.lower()


@given(st.text(max_size=MAX_EMAIL))
def test_a_key_is_never_longer_than_an_address_and_its_own_key(text: str) -> None:
    key = email_key(text)
    assert len(key) <= MAX_EMAIL
    assert email_key(key) == key


def test_a_refusal_repeats_the_start_of_a_long_value() -> None:
    assert not_one_of("x" * 1_000, ["a", "b"]) == f"“{'x' * 99}…” is not one of: a, b."
    assert not_one_of("c", ["a", "b"]) == "“c” is not one of: a, b."

"""Which characters a text keeps."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.characters import (
    INVISIBLE,
    drop_invisible,
    normalize_characters,
    normalize_json,
    normalize_line,
    normalize_text,
)

NOTHING_TO_SEE = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e", "\u202c", "\xad"]
TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\0"),
        st.sampled_from([*NOTHING_TO_SEE, "\u0301", "\r", "\n", "e", "❤", "\ufe0f", "👩", " "]),
    )
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("e\u0301", "é"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb\x07\x1b\x85\x7fc", "a\tbc"),
        ("\ufeffAnna\u200b", "Anna"),
        ("Do\xadnau\u2060dampf", "Donaudampf"),
        ("\u202eabc\u202c", "abc"),
        ("e\u034f\u0301", "é"),
        ("نامه\u200cای", "نامه\u200cای"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🔧 ❤\ufe0f\u200d🔥", "👩\u200d🔧 ❤\ufe0f\u200d🔥"),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", None),
        ("hid\U000e0061\U000e0062den", "hidden"),
        ("a\u200d b\u200d", "a b"),
        (" \ufe0f\u200b\u3164 ", ""),
        ("\u200d", ""),
    ],
)
def test_a_text_keeps_what_shows(given: str, kept: str | None) -> None:
    assert normalize_text(given) == (given if kept is None else kept)


def test_a_line_holds_no_line_break() -> None:
    assert normalize_line(" Anna\r\nMaria\u2029Lopez ") == "Anna Maria Lopez"


@pytest.mark.parametrize("character", NOTHING_TO_SEE)
def test_what_is_compared_holds_nothing_of_no_width(character: str) -> None:
    assert drop_invisible(f"a{character}b") == "ab"


@given(TEXTS)
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = normalize_text(text)
    assert normalize_text(once) == once
    assert normalize_characters(normalize_characters(text)) == normalize_characters(text)
    assert normalize_line(normalize_line(text)) == normalize_line(text)
    assert unicodedata.is_normalized("NFC", once)
    assert not set(drop_invisible(text)) & {c for c in INVISIBLE if c != "-"}


def test_texts_and_keys_inside_of_json_are_normalized() -> None:
    given = {"e\u0301": ["a\r\nb", {"\ufeffk": " \u200bx "}], "n": 1, "t": True, "z": None}
    assert normalize_json(given) == {"é": ["a\nb", {"k": " x "}], "n": 1, "t": True, "z": None}


def test_keys_that_become_the_same_are_not_swallowed() -> None:
    with pytest.raises(ValueError, match="the same"):
        normalize_json({"k": 1, "k\u200b": 2})

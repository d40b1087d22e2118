"""Bodies that nobody means."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from crm.api.kernel.json import MAX_DEPTH, JSONParser


def parse(body: bytes) -> Any:
    return JSONParser().parse(BytesIO(body), parser_context={"request": SimpleNamespace()})


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_body_is_nested_64_levels_deep_at_most(opening: bytes, closing: bytes) -> None:
    def nested(levels: int) -> bytes:
        return opening * levels + b"1" + closing * levels

    assert parse(nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 1, 960, 5000):
        with pytest.raises(ParseError):
            parse(nested(levels))


def test_a_wide_body_may_have_as_many_objects_as_it_likes() -> None:
    assert len(parse(b"[" + b"{}," * 999 + b"[]]")) == 1000


def test_a_key_that_stands_twice_in_one_object_is_named() -> None:
    assert parse(b'[{"a": 1}, {"a": {"a": 2}}]') == [{"a": 1}, {"a": {"a": 2}}]
    with pytest.raises(ParseError, match='holds the key "b" twice'):
        parse(b'{"a": [{"b": 1, "c": 2, "\\u0062": 3}]}')

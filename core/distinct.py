"""JSON whose objects name each key once: of two, readers believe one or the other (RFC 8259, 4)."""

import json
from collections.abc import Iterable
from typing import Any


class RepeatedKey(json.JSONDecodeError):
    """An object names `key` twice."""

    def __init__(self, key: str) -> None:
        self.key = key
        quoted = json.dumps(key[:100])
        super().__init__(f"One object holds the key {quoted} twice; send it once.", "", 0)


class DistinctDecoder(json.JSONDecoder):
    """The standard decoder; raises RepeatedKey."""

    def __init__(self, **options: Any) -> None:
        super().__init__(object_pairs_hook=_distinct, **options)


def refuse_repeated_keys(text: str | bytes) -> None:
    """Of a text that is JSON. Raises RepeatedKey."""
    json.loads(text, cls=DistinctDecoder, parse_int=str, parse_float=str)  # quicker than numbers


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise RepeatedKey(_repeated(key for key, _value in pairs))
    return found


def _repeated(keys: Iterable[str]) -> str:
    """The first that comes again."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    raise LookupError

"""
What becomes of keys and parameters that nobody knows. A strict dialect refuses them by name; a
lenient one passes them by, as the system did that its clients were written for, and names them in
the answer (`X-Ignored`). `Prefer: handling=strict` or `handling=lenient` (RFC 7240, 4.4) asks for
the other.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from crm.api.kernel.json import dumps
from crm.api.kernel.serializers import DomainSerializer, InputSerializer

STRICT, LENIENT = "strict", "lenient"

MOST_NAMED = 20
"""More names than these are an ellipsis in the header."""
LONGEST_NAME = 100

_HANDLING = re.compile(r'handling\s*=\s*"?(strict|lenient)"?\s*(?:;.*)?', re.IGNORECASE)


def preferred_handling(header: str) -> str | None:
    """What a `Prefer` header asks for; of several preferences the first counts (RFC 7240, 2)."""
    found = (_HANDLING.fullmatch(part.strip()) for part in header.split(","))
    return next((match[1].lower() for match in found if match), None)


def prefers(header: str, preference: str) -> bool:
    """Whether a `Prefer` header says `name=value`."""
    said = (part.partition(";")[0].replace(" ", "").replace('"', "") for part in header.split(","))
    return preference in (part.lower() for part in said)


def without_unknown(reader: InputSerializer, data: Any) -> tuple[Any, list[str]]:
    """The body without the keys that `reader` doesn't know; their names, dotted where nested."""
    if not isinstance(data, Mapping):
        return data, []
    fields = reader.plan().fields if isinstance(reader, DomainSerializer) else reader.fields
    kept: dict[str, Any] = {}
    unknown: list[str] = []
    for key, value in data.items():
        field = fields.get(key)
        if field is None:
            unknown.append(key)
        elif isinstance(field, InputSerializer):
            kept[key], inner = without_unknown(field, value)
            unknown += [f"{key}.{name}" for name in inner]
        else:
            kept[key] = value
    return kept, unknown


def unheeded(serializer: DomainSerializer, sent: Any, shown: Mapping[str, Any]) -> list[str]:
    """
    The keys in a body that clients only read and that were sent with another value than is `shown`;
    but for the moment of the change, which is another one after every change.
    """
    if not isinstance(sent, Mapping):
        return []
    names: list[str] = []
    for key, field in serializer.plan().fields.items():
        if key not in sent or key not in shown:
            continue
        if isinstance(field, DomainSerializer):
            names += [f"{key}.{name}" for name in unheeded(field, sent[key], shown[key] or {})]
        elif field.read_only and field.source != "updated_at" and is_other(sent[key], shown[key]):
            names.append(key)
    return names


def is_other(sent: Any, shown: Any) -> bool:
    """Whether a value from a body isn't the one that an answer shows."""
    return bool(sent != orjson.loads(dumps(shown)))


def listed(names: Iterable[str]) -> str:
    """Names as a header carries them: percent-encoded, and not without end."""
    distinct = list(dict.fromkeys(names))
    shown = [
        quote(name[:LONGEST_NAME], safe="[]", errors="replace") for name in distinct[:MOST_NAMED]
    ]
    return ", ".join([*shown, *(["..."] if len(distinct) > MOST_NAMED else [])])

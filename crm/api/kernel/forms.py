"""Bodies that hold a file: multipart/form-data (RFC 7578)."""

import hashlib
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import UnreadablePostError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser

from core.errors import TooLarge


class FormParser(MultiPartParser):
    """
    A form's fields and files as one object, as a JSON body is one; each name once. A text that
    isn't one field's value but an object or a list is written as JSON.
    """

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        try:
            sent = super().parse(stream, media_type, parser_context)
        except UnreadablePostError as error:
            raise ParseError("The body ended before its end") from error
        except (TooManyFieldsSent, TooManyFilesSent, RequestDataTooBig) as error:
            raise TooLarge from error
        fields: dict[str, Any] = {}
        for name, values in [*sent.data.lists(), *sent.files.lists()]:
            if name in fields or len(values) != 1:
                raise ParseError(f"The form has several fields called {name!r}")
            fields[name] = values[0]
        parser_context["request"].raw_body = _canonical(fields)
        return fields


def _canonical(fields: dict[str, Any]) -> bytes:
    """The same bytes for the same fields and files, whatever stands between the parts."""
    told = {}
    for name, value in sorted(fields.items()):
        if not isinstance(value, str):
            digest = hashlib.sha256(b"".join(value.chunks())).hexdigest()
            value.seek(0)
            value = [value.name, digest]
        told[name] = value
    return orjson.dumps(told)

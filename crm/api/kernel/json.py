"""JSON in and out, by orjson."""

import codecs
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.mediatypes import media_type_matches

from core.distinct import RepeatedKey, refuse_repeated_keys
from core.errors import TooLarge
from core.fields import number

MAX_DEPTH = 64
"""The deepest nesting that a body may have."""

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_NON_STR_KEYS


def _other(value: Any) -> Any:
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, str):  # lazy translations and enumerations
        return str(value)
    raise TypeError(type(value).__name__)


def dumps(value: Any) -> bytes:
    """
    JSON. Integers of more than 64 bits, which orjson refuses and a JSON column may hold from before
    they were refused, become floats (or texts, where no float is so large), so that a row that is
    stored can always be shown.
    """
    try:
        return orjson.dumps(value, default=_other, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return orjson.dumps(_within_64_bits(value), default=_other, option=_OPTIONS)


def _within_64_bits(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _within_64_bits(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_within_64_bits(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        try:
            return float(value)
        except OverflowError:
            return str(value)
    return value


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        return b"" if data is None else dumps(data)


class AlwaysJSON(BaseContentNegotiation):
    """The documented APIs answer in one format, whatever a client's library puts into Accept."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return next(
            (
                parser
                for parser in parsers
                if media_type_matches(parser.media_type, request.content_type)
            ),
            None,
        )

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class JSONParser(BaseParser):
    """
    Strict JSON: no NaN, no infinity, no lone surrogates, no bottomless nesting, no key twice. A
    byte-order mark before it says nothing (RFC 8259, 8.1).
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        except UnreadablePostError as error:
            raise ParseError("The body ended before its end") from error
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        parser_context["request"].raw_body = body
        body = body.removeprefix(codecs.BOM_UTF8)
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error
        if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deeper(value, MAX_DEPTH):
            raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels")
        try:
            refuse_repeated_keys(body)
        except RepeatedKey as error:
            raise ParseError(error.msg, code="repeated_key") from error
        return value


def _deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects stand in each other more than so many deep; without recursion."""
    holders = [value]
    for _ in range(levels):
        holders = [
            item
            for holder in holders
            if isinstance(holder, dict | list)
            for item in (holder.values() if isinstance(holder, dict) else holder)
        ]
    return any(isinstance(item, dict | list) for item in holders)

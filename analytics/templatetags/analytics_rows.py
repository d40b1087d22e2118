"""Words for the rows behind figures."""

from collections.abc import Mapping
from typing import Any

from django import template

from analytics.pages.words import duration

register = template.Library()


@register.filter
def of(words: Mapping[str, Any], key: str) -> str:
    """What `key` is called."""
    return str(words.get(key, key))


@register.filter
def waited(seconds: float | None) -> str:
    return duration(seconds)

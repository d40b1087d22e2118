"""Choices that know how they are shown."""

import re
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.utils.text import capfirst

SLUG = re.compile(r"[a-z0-9_]{1,50}")
"""A value of an open list."""


class TonedChoices(models.TextChoices):
    """
    Values with the tone and the icon of their badge, between the value and the label:
    `LOST = "lost", "bad", "x", _("Lost")`. Either may be left out.

    Tones are those of the badge component: good, warn, bad, info, accent, or none.
    """

    _value_: str
    tone: str
    icon: str

    def __new__(cls, value: str, tone: str = "", icon: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.tone, member.icon = tone, icon
        return member


class OpenChoices(TonedChoices):
    """
    The values of an open list that have words of ours. A company has its own beside them (slugs),
    which are read as their words: `InteractionType("trade_fair").label` is "Trade fair". They look
    like `OTHER`, where there is one.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str) or not SLUG.fullmatch(value):
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = value.upper(), value
        member._label_ = capfirst(value.replace("_", " ").strip()) or value  # type: ignore[attr-defined]
        like: Any = cls.__members__.get("OTHER")
        member.tone, member.icon = (like.tone, like.icon) if like else ("", "")
        return member

    @classmethod
    def offered(cls, own: Iterable[str] = ()) -> list[tuple[str, Any]]:
        """Value and label of those with words of ours, then of a company's `own` by label."""
        more = [(value, cls(value).label) for value in own if value not in cls.values]
        return [*cls.choices, *sorted(more, key=lambda pair: str(pair[1]))]

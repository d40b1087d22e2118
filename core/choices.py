"""Choices that know how they are shown."""

from typing import Self

from django.db import models


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

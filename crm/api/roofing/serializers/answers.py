"""The documented envelopes around objects."""

from functools import cache
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers


@cache
def in_data(serializer_class: type[Any]) -> Any:
    """`{"data": object}`."""
    name = f"{serializer_class.__name__.removesuffix('Serializer')}Answer"
    return inline_serializer(name, {"data": serializer_class(required=True)})


class MessageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What an operation answers that has nothing to show."""

    message = serializers.CharField()

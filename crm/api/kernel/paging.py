"""Page numbers and sizes as clients write them; the pages themselves are `core.paging`'s."""

from typing import Any

from rest_framework import serializers

from core.paging import FARTHEST, Page, page_of

__all__ = ["FARTHEST", "Page", "PageNumberField", "page_of"]


class PageNumberField(serializers.IntegerField):
    """
    A page or page size: from 1; sizes above the maximum are cut to it, and no page is farther than
    a client can count.
    """

    def __init__(self, *, most: int | None = None, **options: Any) -> None:
        super().__init__(min_value=1, required=False, **options)
        self.most = most

    def to_internal_value(self, data: Any) -> int:
        value = super().to_internal_value(data)
        return min(value, self.most or FARTHEST)

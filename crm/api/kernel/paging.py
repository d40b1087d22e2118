"""Page numbers and sizes, for the views not yet made viewsets."""

from core.paging import FARTHEST, Page, page_of
from crm.api.kernel.pagination import PageNumberField

__all__ = ["FARTHEST", "Page", "PageNumberField", "page_of"]

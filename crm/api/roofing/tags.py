"""Tags: the organization's own list, and how many customers carry each."""

from collections.abc import Sequence
from typing import Any

from crm.api.kernel.words import Computed, Word, Words
from crm.api.roofing.base import ResourceItem, ResourceList
from customers.filters import TagFilterSet
from customers.models import Tag
from customers.selectors.work import tag_counts, tags
from customers.services import tags as services


class TagWords(Words):
    id = Word(read_only=True)
    name = Word()
    customer_count = Computed(lambda row: row["count"], "id", schema={"type": "integer"})

    class Meta:
        model = Tag


class TagBase:
    noun = "Tag"
    words_class = TagWords
    rows = staticmethod(tags)
    filterset_class = TagFilterSet
    order = ("name", "id")
    create = services.create_tag
    update = services.update_tag
    delete_row = services.delete_tag
    key = "tag_id"


class TagsList(TagBase, ResourceList):
    def present(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        counts = tag_counts(actor=self.actor)
        return TagWords.show_all({**row, "count": counts.get(row["id"], 0)} for row in rows)


class TagItem(TagBase, ResourceItem):
    present = TagsList.present  # type: ignore[assignment]

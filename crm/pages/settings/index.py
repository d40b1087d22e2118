"""The page of cards that settings begin with."""

from django.http import HttpRequest, HttpResponse

from core.text import fold
from core.ui.filters import SEARCHED
from core.ui.views import Page
from crm.pages.menu import CARD_GROUPS


class Index(Page):
    """Those that the search finds, or all."""

    template = "settings/index.html"
    fragment = "settings/cards.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        search = request.GET.get("search", "").strip()[:SEARCHED]
        words = fold(search).split()
        groups = [
            (
                title,
                [
                    {"card": card, "state": card.state(self.actor)}
                    for card in cards
                    if self.actor.may(card.permission) and card.is_found(words)
                ],
            )
            for title, cards in CARD_GROUPS
        ]
        return self.show({"groups": [group for group in groups if group[1]], "search": search})

"""The page of cards that settings begin with."""

from django.http import HttpRequest, HttpResponse

from core.ui.views import Page
from crm.pages.menu import CARDS


class Index(Page):
    template = "settings/index.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        cards = [
            {"card": card, "state": card.state(self.actor)}
            for card in CARDS
            if self.actor.may(card.permission)
        ]
        return self.show({"cards": cards})

"""One's appointments in another program: the page that makes the address, and the address."""

import hashlib
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_safe

from appointments.feeds import create_feed, feed, feed_of, own_feed, revoke_feed
from core.errors import RateLimited
from core.requests.allowances import spend
from core.tenancy.policy import Permission
from core.ui.place import site_address
from core.ui.views import Page

FRESH = 15 * 60
"""Seconds for which a program needn't ask again."""


class FeedPage(Page):
    """Whether there is an address, since when, and when it was read last."""

    template = "appointments/feed.html"
    permission: ClassVar[Permission | None] = Permission.VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show({"feed": own_feed(actor=self.actor)})


class NewFeed(Page):
    """A new address, shown once; the one before it ends."""

    def post(self, request: HttpRequest) -> HttpResponse:
        row, secret = create_feed(actor=self.actor)
        address = site_address(request) + reverse("feed", args=[secret])
        context = {"feed": row, "address": address, "view": self}
        response = render(request, "appointments/feed.html", context)
        response["Cache-Control"] = "no-store"
        return response


class EndFeed(Page):
    def post(self, request: HttpRequest) -> HttpResponse:
        revoke_feed(actor=self.actor)
        return self.go(reverse("appointments:feed"), _("The address no longer works."))


@method_decorator(require_safe, name="dispatch")
class Feed(View):
    """
    The calendar itself, for whoever knows the address. Programs ask often: what hasn't changed is
    304, and each person's allowance holds.
    """

    def get(self, request: HttpRequest, secret: str) -> HttpResponse:
        found = feed_of(secret=secret)
        if found is None:
            return _plain("There is no such calendar.", 404)
        actor, user = found
        try:
            spend(actor, "organization")
            spend(actor, "user")
        except RateLimited as error:
            response = _plain("Too many requests.", 429)
            response["Retry-After"] = str(error.retry_after)
            return response
        return as_file(request, feed(actor=actor, user=user), name="calendar.ics")


def as_file(request: HttpRequest, content: bytes, *, name: str) -> HttpResponse:
    """The calendar, or that it is as it was."""
    etag = quote_etag(hashlib.sha256(content).hexdigest()[:32])
    known = parse_etags(request.headers.get("If-None-Match", ""))
    response = HttpResponse(status=304) if etag in known else HttpResponse(content)
    if response.status_code == 200:
        response["Content-Type"] = "text/calendar; charset=utf-8"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = etag
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, private=True, max_age=FRESH)
    return response


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    patch_cache_control(response, no_store=True)
    return response

"""
The reader's language, on pages alone (the documented APIs speak English whatever a client accepts),
and the clock that the admin shows.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation

from core.ui.place import actor_of_request


class PageLanguage(LocaleMiddleware):
    """The language that was chosen (a cookie), else the browser's."""

    def process_request(self, request: HttpRequest) -> None:
        if _is_page(request):
            super().process_request(request)
        else:
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return super().process_response(request, response) if _is_page(request) else response


class AdminTimeZone:
    """
    Under `settings.ADMIN_PREFIX` times are those of the organization that one works in. An admin
    class that shows a row of another zone activates that (`ServiceAdmin.zone`); it ends with the
    request. A middleware, because the admin's templates are rendered after its views.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(settings.ADMIN_PREFIX):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(ZoneInfo(actor_of_request(request).organization.time_zone)):
            return self.get_response(request)


def _is_page(request: HttpRequest) -> bool:
    return request.path_info.startswith(tuple(settings.PAGES_PREFIXES))

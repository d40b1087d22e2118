"""Where links in letters begin that a call of the APIs has written."""

from django.conf import settings
from django.http import HttpRequest


def site_of(request: HttpRequest) -> str:
    return settings.SITE_URL or f"{request.scheme}://{request.get_host()}"

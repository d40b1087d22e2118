"""What every request passes through."""

from collections.abc import Callable
from ipaddress import ip_address

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from core.audit.refusals import written_at_the_end
from core.ids import new_id
from crm import views
from crm.api.registry import dialect_of

GetResponse = Callable[[HttpRequest], HttpResponse]

SLASHLESS_PREFIXES = ("/api/", "/customers/", "/healthz/", "/readyz/")


class RequestContext:
    """
    Gives each request an id (X-Request-ID, in every log line) and the address it came from; what it
    was refused is written when it is over.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = new_id().hex  # type: ignore[attr-defined]
        request.client_address = client_address(request)  # type: ignore[attr-defined]
        bound = structlog.contextvars.bound_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        with bound, written_at_the_end():
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        response.headers.setdefault("Cache-Control", "no-store")
        if request.method == "HEAD" and not response.streaming:
            response.content = b""  # the server would drop it with a warning, each time
        return response


def client_address(request: HttpRequest) -> str:
    """
    The peer's address; behind N trusted proxies, the N-th from the end of X-Forwarded-For, which
    the client can't forge.
    """
    hops = [
        hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()
    ]
    proxies = settings.TRUSTED_PROXIES
    if proxies and len(hops) >= proxies:
        return hops[-proxies][:45]
    return str(request.META.get("REMOTE_ADDR", ""))


class EncryptedApis:
    """
    Refuses API calls over plain HTTP where pages are redirected: a client that is led on goes on
    sending its credential in the clear. Calls from this machine pass.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        plain = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if plain and dialect_of(request.path) and not _is_loopback(client_address(request)):
            return views.insecure(request)
        return self.get_response(request)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class CompressedPages(GZipMiddleware):
    """
    Compresses pages (static files come compressed). What an attacker could learn from a page's
    length (BREACH) Django blurs: the form's token is masked anew in every answer, and a random
    number of bytes stands in the archive's head. Answers of the APIs stay as they are: their ETags
    are strong, and what a page of theirs holds is the client's choice.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)  # type: ignore[arg-type]


class BodyLimit:
    """
    Refuses a page's form that is larger than any body that is taken, before it is read: Django has
    no limit for files, and reads them to find the form's token, whoever sends them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        fits = length.isdecimal() and int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if fits or dialect_of(request.path):  # the APIs refuse it in their order
            return self.get_response(request)
        return views.too_large(request)


class BothSlashForms:
    """API paths answer with and without a trailing slash, without a redirect."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.endswith("/") and request.path_info.startswith(SLASHLESS_PREFIXES):
            request.path_info = request.path_info[:-1]
        return self.get_response(request)

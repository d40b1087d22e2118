"""
What belongs to no app: the front door, health, and answers to what went wrong outside every view.
"""

import sys
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from core import errors
from core.errors import DomainError
from core.ui.gate import expired_form
from core.ui.place import actor_of_request, note_forbidden
from crm.api.kernel.json import dumps
from crm.api.registry import dialect_of


def home(request: HttpRequest) -> HttpResponse:
    """Staff to their work, others to the login page."""
    return redirect("pages:start" if request.user.is_authenticated else "identity:sign-in")


def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the icon by themselves."""
    return redirect(static("favicon.svg"))


@csrf_exempt
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@csrf_exempt
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, cache and migrations are there; 503 names what isn't."""
    checks = {"database": _database(), "cache": _cache(), "migrations": False}
    checks["migrations"] = checks["database"] and not _pending_migrations()
    ready = all(checks.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "checks": checks},
        status=200 if ready else 503,
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _cache() -> bool:
    try:
        cache.set("readyz", "1", 5)
        return bool(cache.get("readyz") == "1")
    except (OSError, RedisError):
        return False


def _pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _answer(request: HttpRequest, error: DomainError, status: int) -> HttpResponseBase:
    dialect = dialect_of(request.path)
    request_id = getattr(request, "request_id", "")
    if dialect is None:
        portal = request.path.startswith(settings.PORTAL_PREFIX)
        return render(
            request,
            "portal/error.html" if portal else "error.html",
            {"status": status, "message": error.message, "request_id": request_id},
            status=status,
        )
    worded, body = dialect.describe(error, str, request_id)
    return HttpResponse(dumps(body), status=worded, content_type="application/json")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, errors.Malformed(), 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Where Django itself refuses, in the admin."""
    if request.user.is_authenticated and request.path.startswith(settings.ADMIN_PREFIX):
        note_forbidden(request, actor_of_request(request), errors.Forbidden().message)
    return _answer(request, errors.Forbidden(), 403)


def insecure(request: HttpRequest) -> HttpResponseBase:
    """A credential came over plain HTTP, where others can read it."""
    return _answer(request, errors.Forbidden("Use https: what is sent without it can be read"), 403)


def too_large(request: HttpRequest) -> HttpResponseBase:
    return _answer(request, errors.TooLarge(), 413)


def too_many(request: HttpRequest, error: errors.RateLimited) -> HttpResponseBase:
    response = _answer(request, error, 429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def not_found(request: HttpRequest, exception: Exception | None) -> HttpResponseBase:
    return _answer(
        request, errors.NotFound("Resource" if dialect_of(request.path) else "Page"), 404
    )


def server_error(request: HttpRequest) -> HttpResponseBase:
    """A defect; or a database that is away, or didn't answer in time."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return _answer(request, errors.Unavailable(), 503)
    return _answer(request, errors.Unexpected(), 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> Any:
    """
    The form is older than the session: it is brought back where it can be, else one goes back,
    reloads and sends again.
    """
    brought_back = expired_form(request) if request.user.is_authenticated else None
    if brought_back is not None:
        return brought_back
    return _answer(
        request,
        errors.Forbidden("This form has expired. Go back, reload the page and send it again."),
        403,
    )

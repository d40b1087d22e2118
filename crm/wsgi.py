"""The WSGI application."""

import os
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class ChunkedBodies:
    """
    Gives a body that comes in chunks (RFC 9112, 7.1) the length that it turns out to have: Django
    takes one of unknown length for none. It is read to one byte beyond what is taken, which is
    enough to be refused.

    A server that can't tell the body's end (`wsgi.input_terminated`) leaves it unread; views answer
    that with 411.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        chunked = "HTTP_TRANSFER_ENCODING" in environ and not environ.get("CONTENT_LENGTH")
        if chunked and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
        return self.application(environ, start_response)


application = ChunkedBodies(get_wsgi_application())

"""Files that are sent."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse


def attachment(
    pieces: Iterable[bytes | str], content_type: str, name: str
) -> StreamingHttpResponse:
    """A streamed download."""
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response

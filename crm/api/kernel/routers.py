"""
Paths of viewsets. Every path stands without a trailing slash; with one it is answered alike
(`crm.middleware.BothSlashForms`).
"""

from typing import Any

from rest_framework.routers import SimpleRouter


class DialectRouter(SimpleRouter):
    """Names its paths by dialect and noun."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False, use_regex_path=False)

    def get_default_basename(self, viewset: Any) -> str:
        return f"{viewset.dialect.name}-{viewset.__name__.removesuffix('ViewSet').lower()}"

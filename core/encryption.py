"""
Texts that stand encrypted in the database, under keys that stand only in the environment.

Fernet (AES-128-CBC with HMAC-SHA-256). The first of `settings.ENCRYPTION_KEYS` encrypts, all of
them decrypt, so that a key is changed by putting a new one in front, running
`manage.py reencrypt`, and taking the old one out.
"""

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models

MASK = "••••••"
"""What stands where a value is there and isn't shown."""


@lru_cache(2)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    digests = [hashlib.sha256(f"encryption:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def encrypt(text: str) -> str:
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raises cryptography.fernet.InvalidToken when no key of ours made `token`."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()


def rotate(token: str) -> str:
    """The same text under the first key. Raises InvalidToken as `decrypt` does."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).rotate(token.encode()).decode()


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """
    A text that only the product reads: encrypted in the database, plain on the instance. It can't
    be searched or ordered by; an empty one stands as it is.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else value


class EncryptedObjectField(EncryptedTextField):
    """A JSON object that stands encrypted in the database; an empty one takes no room."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"default": dict, "blank": True, "db_default": ""} | options)  # type: ignore[arg-type]

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            value = json.dumps(value, ensure_ascii=False) if value else ""
        return super().get_prep_value(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return json.loads(decrypt(value)) if value else {}

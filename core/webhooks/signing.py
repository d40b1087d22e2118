"""
Signatures and secrets of Standard Webhooks 1.0 (standardwebhooks.com).

What is signed is `{id}.{timestamp}.{body}`, over the very bytes that are sent. The header carries
a signature for each secret that is valid, so that receivers can change theirs at leisure. The
reference library verifies them in the tests; it makes no `v1a` itself, so both stand here.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from core.webhooks.choices import SigningMethod

SECRET, PRIVATE_KEY, PUBLIC_KEY = "whsec_", "whsk_", "whpk_"
SECRET_BYTES = 32
"""The standard asks for 24 to 64."""


def new_secret(method: str) -> tuple[str, str]:
    """The secret to sign with, and the public key that a receiver verifies with ("" for HMAC)."""
    if method == SigningMethod.SYMMETRIC:
        return SECRET + _text(secrets.token_bytes(SECRET_BYTES)), ""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PRIVATE_KEY + _text(private), PUBLIC_KEY + _text(public)


def sign(*, secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,…` by a `whsec_` secret, `v1a,…` by a `whsk_` key; `timestamp` in seconds since 1970."""
    content = b".".join([message_id.encode(), str(timestamp).encode(), body])
    if secret.startswith(PRIVATE_KEY):
        key = Ed25519PrivateKey.from_private_bytes(_bytes(secret.removeprefix(PRIVATE_KEY)))
        return f"{SigningMethod.ASYMMETRIC},{_text(key.sign(content))}"
    digest = hmac.new(_bytes(secret.removeprefix(SECRET)), content, hashlib.sha256).digest()
    return f"{SigningMethod.SYMMETRIC},{_text(digest)}"


def signed_headers(
    *, secrets: Iterable[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The standard's three headers, with a signature by each of the `secrets`."""
    signatures = [
        sign(secret=secret, message_id=message_id, timestamp=timestamp, body=body)
        for secret in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)

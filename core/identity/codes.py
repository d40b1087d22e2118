"""
One-time codes: those of an authenticator app (TOTP, RFC 6238: six digits, new every 30 seconds) and
those on paper for when the app is lost.
"""

import base64
import secrets
from urllib.parse import quote, urlencode

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django_otp.oath import TOTP

from core.identity.models import SecondFactor, User

DRIFT = 1
"""How many steps of 30 seconds a phone's clock may be off."""

PAPER_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of codes on paper: none that is taken for another."""

ISSUER = "CRM"


def new_secret() -> str:
    """160 random bits in base32, as an app is told them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address_for_app(*, user: User, secret: str) -> str:
    """What the square holds that an app scans."""
    label = quote(f"{ISSUER}:{user.email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"


def step_of(*, secret: str, code: str, after: int = -1) -> int | None:
    """The step, later than `after`, that the app showed this code in; None when it is wrong."""
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return None
    app = TOTP(base64.b32decode(secret))
    return app.t() if app.verify(int(digits), tolerance=DRIFT, min_t=after + 1) else None


def new_paper_codes() -> list[str]:
    """Such as `abcde-fghjk`: 49 random bits each, which are hashed as passwords are."""
    return [f"{_letters(5)}-{_letters(5)}" for _ in range(PAPER_CODES)]


def hashes_of(codes: list[str]) -> list[str]:
    return [make_password(_plain(code)) for code in codes]


def use_code(*, user: User, code: str) -> bool:
    """
    Whether this is a code of the user's second factor that wasn't used before; from now on it is.
    Of two uses at once one succeeds.
    """
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        return False
    step = step_of(secret=factor.secret, code=code, after=factor.last_step)
    if step is None:
        return _use_paper_code(factor, _plain(code))
    unused = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
    return bool(unused.update(last_step=step))


def _use_paper_code(factor: SecondFactor, code: str) -> bool:
    """No transaction is held while hashes are computed."""
    if len(code) != 10 or not set(code) <= set(_LETTERS):
        return False
    found = next((one for one in factor.recovery_codes if check_password(code, one)), None)
    if found is None:
        return False
    with transaction.atomic():
        locked = SecondFactor.objects.select_for_update().filter(pk=factor.pk).first()
        if locked is None or found not in locked.recovery_codes:
            return False
        locked.recovery_codes.remove(found)
        locked.save(update_fields=["recovery_codes"])
    return True


def _letters(number: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(number))


def _plain(code: str) -> str:
    """However it was typed."""
    return "".join(code.split()).replace("-", "").lower()

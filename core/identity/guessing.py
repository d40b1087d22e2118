"""
Guessing at passwords: failures alone count, and are asked before any hash is computed.

Ten failures in a quarter of an hour for an account from one address, fifty for an address over all
accounts. The account's count is kept per address so that a stranger's guesses don't lock its owner
out elsewhere.
"""

import hashlib

from core.errors import RateLimited
from core.requests.limits import Allowance

ACCOUNT = Allowance.parse("guess-account", "10/15min")
ADDRESS = Allowance.parse("guess-address", "50/15min")


def refuse_guesser(*, account: str, address: str) -> None:
    """
    Raises RateLimited when the account from this address, or the address, has used up its failures.
    """
    for allowance, holder in _holders(account, address):
        standing = allowance.standing(holder)
        if standing.remaining <= 0:
            raise RateLimited(standing.reset)


def count_failure(*, account: str, address: str) -> None:
    for allowance, holder in _holders(account, address):
        allowance.take(holder)


def _holders(account: str, address: str) -> list[tuple[Allowance, str]]:
    digest = hashlib.sha256(f"{account}\0{address}".encode()).hexdigest()
    return [(ACCOUNT, digest), (ADDRESS, address)]

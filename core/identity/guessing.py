"""
Guessing at passwords: every try is counted before a hash is computed, and given back when it was
right, so that failures alone count and tries sent at once are counted as well.

Ten failures in a quarter of an hour for an account from one network, fifty for a network over all
accounts. The account's count is kept per network so that a stranger's guesses don't lock its owner
out elsewhere; who has signed in from a network before isn't held up by what others there get wrong.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from core.errors import RateLimited
from core.requests.limits import Allowance

ACCOUNT = Allowance.parse("guess-account", "10/15min")
NETWORK = Allowance.parse("guess-network", "50/15min")
CODES = Allowance.parse("guess-code", "50/day")
"""
Of one account's second factor, from all networks together: there are only a million codes, and who
guesses at them knows the password.
"""


@contextmanager
def one_guess(*, account: str, address: str, is_at_home: Callable[[], bool]) -> Iterator[None]:
    """
    Counts a try, and gives it back unless what is done inside fails. `is_at_home` says whether the
    account has been signed in to from this network.

    Raises RateLimited when the account from this network, or the network, has used up its failures.
    """
    network = network_of(address)
    digest = hashlib.sha256(f"{account}\0{network}".encode()).hexdigest()
    _take(ACCOUNT, digest)
    try:
        _take(NETWORK, network, unless=is_at_home)
    except RateLimited:
        ACCOUNT.give_back(digest)
        raise
    yield
    ACCOUNT.give_back(digest)
    NETWORK.give_back(network)


@contextmanager
def one_guess_at_a_code(
    *, account: str, address: str, is_at_home: Callable[[], bool]
) -> Iterator[None]:
    """The same for a code of a second factor. Raises RateLimited."""
    _take(CODES, account)
    try:
        with one_guess(account=f"code {account}", address=address, is_at_home=is_at_home):
            yield
    except RateLimited:
        CODES.give_back(account)
        raise
    CODES.give_back(account)


def network_of(address: str) -> str:
    """
    The network that counts as one holder: an address of IPv4, a /64 of IPv6, of which everybody has
    as many addresses as they like.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ip_network((int(known), 64), strict=False))


def _take(allowance: Allowance, holder: str, *, unless: Callable[[], bool] | None = None) -> None:
    standing = allowance.take(holder)
    if standing.exceeded and not (unless and unless()):
        allowance.give_back(holder)
        raise RateLimited(standing.reset)

"""
Where a request may go: to public addresses alone, and to the very address that was checked.

A name is resolved once, every address it has is checked, and the connection is made to one of
those, so that a name which answers otherwise a moment later (DNS rebinding) leads nowhere.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/9",
        "ff00::/8",
    )
]
"""
Beyond what `ipaddress` says: shared, benchmarking, multicast, and IPv6 networks that carry an IPv4
address inside (NAT64, 6to4, Teredo), which may be a private one.
"""

LOWEST_PORT = 1024
"""Below it stand other services' ports; 443 and 80 alone are the web's."""


class RefusedAddress(ValueError):
    """The address leads where no request of ours may go; the message says why."""


class UnresolvedAddress(ValueError):
    """The name has no address now; it may have one later."""


@dataclass(frozen=True, slots=True)
class Target:
    """What to connect to: `address` was checked, `host` is the name for TLS and the Host header."""

    secure: bool
    host: str
    address: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """The Host header: the name, and the port unless it is the scheme's own."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


def check_url(url: str) -> tuple[str, int]:
    """The host's name in ASCII and the port. Raises RefusedAddress for what needs no look-up."""
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
    except (ValueError, UnicodeError) as error:
        raise RefusedAddress("This isn't an address.") from error
    if parts.scheme != "https" and not (
        parts.scheme == "http" and settings.WEBHOOKS_ALLOW_LOOPBACK
    ):
        raise RefusedAddress("The address must begin with https://.")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress("The address must hold no user name or password.")
    if not host or not host.isprintable() or any(sign in host for sign in " \\%"):
        raise RefusedAddress("This isn't an address.")
    if port not in (80, 443) and port < LOWEST_PORT:
        raise RefusedAddress(f"The port must be 443, 80, or from {LOWEST_PORT} on.")
    return host, port


def resolve(url: str) -> Target:
    """
    Where a request for `url` is to go. Raises RefusedAddress when the name has any address that
    isn't public, UnresolvedAddress when it has none.
    """
    host, port = check_url(url)
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnresolvedAddress(f"No address is known for {host}.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        refuse_private(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, addresses[0], port, path)


def refuse_private(address: str) -> None:
    """Raises RefusedAddress unless `address` (without or with a zone) is public."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.is_loopback and settings.WEBHOOKS_ALLOW_LOOPBACK:
        return
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    if not _is_public(mapped or ip):
        raise RefusedAddress("The address leads to a network that isn't public.")


def _is_public(ip: IPAddress) -> bool:
    return ip.is_global and not any(
        ip in network for network in NOT_PUBLIC if network.version == ip.version
    )

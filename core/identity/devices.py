"""
From which devices somebody signs in, and the letter when one isn't known.

A browser is known by a cookie of its own; any client by its program, its system and its network,
so that neither a cleared cookie nor a new version of a program makes a letter.
"""

import hashlib
from datetime import timedelta

from core.audit.ledger import record
from core.clock import now
from core.identity.guessing import network_of
from core.identity.letters import post_letter
from core.identity.models import KnownDevice, User
from core.identity.tokens import Origin
from core.tenancy.actor import Actor

FORGOTTEN_AFTER = timedelta(days=400)
"""As long as browsers keep a cookie at most."""

_PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
"""What a User-Agent holds → what people call it; the first that fits."""


def device_of(client: str) -> str:
    """`Firefox, Windows`; of a program that is no browser what it calls itself, without version."""
    system = next((name for mark, name in _SYSTEMS if mark in client), "")
    program = next((name for mark, name in _PROGRAMS if mark in client), "")
    if not program:
        program = client.partition("/")[0].strip()[:60]
    return ", ".join(filter(None, (program, system)))


def note_device(*, actor: Actor, user: User, origin: Origin) -> None:
    """
    Keeps what the user signs in with; when they never did so with it before, though with others,
    they are told by a letter and the audit keeps it. Call it in the transaction of the sign-in.
    """
    device, moment = device_of(origin.client), now()
    marks = [_mark("place", device, network_of(origin.address))]
    if origin.device:
        marks.append(_mark("browser", origin.device))
    known = set(KnownDevice.objects.filter(user=user).values_list("mark", flat=True))
    KnownDevice.objects.bulk_create(
        [KnownDevice(user=user, mark=mark, seen_at=moment) for mark in marks],
        update_conflicts=True,
        unique_fields=["user", "mark"],
        update_fields=["seen_at"],
    )
    if known and known.isdisjoint(marks):
        record(actor, "user.device_noticed", subject=user, changes={"device": (None, device)})
        post_letter(
            user,
            "new_device",
            site=origin.site,
            device=device,
            address=origin.address,
            at=moment.isoformat(),
        )


def forget_devices() -> None:
    """Deletes those that nobody has signed in with for more than a year."""
    KnownDevice.objects.filter(seen_at__lt=now() - FORGOTTEN_AFTER).delete()


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()

"""
Password hashing at OWASP's figures, which a few simultaneous guesses can't turn into an outage.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage)."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

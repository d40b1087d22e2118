"""Where the development server is, and who may sign in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from core.identity.models import User
from core.tenancy.keys import living_key
from crm.demo.logins import KEYS, PASSWORD, PORTAL_CUSTOMER, PORTAL_SLUG, STAFF


class Command(BaseCommand):
    help = "Print the development server's address and the demo's logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        address = f"http://127.0.0.1:{options['port']}"
        lines = [
            f"CRM       {address}/",
            f"Admin     {address}/admin/",
            f"API docs  {address}/api/docs/",
        ]
        people = [person for staff in STAFF.values() for person in staff]
        there = set(
            User.objects.unscoped()
            .filter(email__in=[email for email, *_ in people])
            .values_list("email", flat=True)
        )
        if there:
            lines += ["", f"Logins (password {PASSWORD}):"]
            lines += [f"  {email:22} {role}" for email, role, *_ in people if email in there]
            portal = reverse("portal:home", args=[PORTAL_SLUG])
            lines += [f"  {PORTAL_CUSTOMER:22} customer, in the portal: {address}{portal}"]
        keys = [
            (slug, environment, key)
            for slug, pairs in KEYS.items()
            for environment, key in pairs
            if living_key(key=key)
        ]
        if keys:
            lines += ["", "API keys:"]
            lines += [f"  {key:34} {slug}, {environment.value}" for slug, environment, key in keys]
        self.stdout.write("\n".join([*lines, ""]))

"""Carries all channels' messages to nobody, and shows them; for development."""

import json
from collections.abc import Mapping
from http.server import ThreadingHTTPServer
from typing import Any

import urllib3
from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from core.commands import DomainCommand, organization_called
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.webhooks.models import WebhookEndpoint
from core.webhooks.services import create_endpoint
from crm.demo.gateway import FakeGateway, handler_of
from crm.demo.logins import KEYS
from interactions.choices import Channel
from interactions.delivery import choose_gateways


class Command(DomainCommand):
    help = "Be the gateway of every channel of an organization, in development: nothing is sent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", default="demo", help="its short name")
        parser.add_argument("--port", type=int, default=8010)
        parser.add_argument("--crm", default="http://127.0.0.1:8000", help="where the CRM answers")
        parser.add_argument(
            "--key", default="", help="an API key with write; the demo's if left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("There is no fake gateway in production.")
        organization = organization_called(options["organization"])
        port = options["port"]
        key = options["key"] or next((key for _, key in KEYS.get(organization.slug, ())), "")
        if not key:
            raise CommandError(f"Give a --key of {organization.slug}: only the demo's are known")
        if not 0 < port < 2**16:
            raise CommandError("A --port is a number from 1 to 65535")
        endpoint = connect(organization, f"http://127.0.0.1:{port}/hook")
        gateway = FakeGateway(endpoint.secret, caller(options["crm"], key))
        server = ThreadingHTTPServer(("127.0.0.1", port), handler_of(gateway))
        self.stdout.write(f"What is sent stands at http://127.0.0.1:{port}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()


def connect(organization: Organization, url: str) -> WebhookEndpoint:
    """The webhook at `url`, made if need be; the gateway of every channel from now on."""
    actor = Actor.system(organization=organization, label="fake gateway")
    values = {
        "url": url,
        "description": "Fake gateway",
        "payload": "full",
        "event_types": ["message.created"],
    }
    known = WebhookEndpoint.objects.for_actor(actor).filter(url=url).first()
    endpoint = known or create_endpoint(actor=actor, values=values)
    choose_gateways(actor=actor, endpoints=dict.fromkeys(Channel.values, endpoint.pk))
    return endpoint


def caller(address: str, key: str) -> Any:
    """What posts to the API at `address`."""
    pool = urllib3.PoolManager()

    def call(path: str, body: Mapping[str, Any]) -> int:
        headers = {"Content-Type": "application/json", "X-Api-Key": key}
        answer = pool.request(
            "POST", address + path, body=json.dumps(body), headers=headers, timeout=10
        )
        return answer.status

    return call

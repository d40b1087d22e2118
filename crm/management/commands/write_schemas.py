"""The committed OpenAPI snapshots."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from drf_spectacular.renderers import OpenApiYamlRenderer

from crm.api.docs import document
from crm.api.registry import DIALECTS

FOLDER: Path = settings.BASE_DIR / "tests" / "api" / "snapshots"


class Command(BaseCommand):
    help = (
        "Write the OpenAPI snapshots of all dialects, or (--check) fail when they differ from what "
        "the code describes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        FOLDER.mkdir(exist_ok=True)
        stale = []
        for dialect in DIALECTS:
            text = OpenApiYamlRenderer().render(document(dialect), renderer_context={})  # type: ignore[no-untyped-call]
            path = FOLDER / f"{dialect}.yaml"
            if options["check"]:
                if not path.exists() or path.read_bytes() != text:
                    stale.append(path.name)
            else:
                path.write_bytes(text)
        if stale:
            raise CommandError(
                "The API has changed: look at the difference and run `make schema` "
                f"({', '.join(stale)})"
            )

"""Exports from the command line."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from core.commands import OrganizationCommand
from core.exports.services import export
from core.exports.streaming import Format
from core.exports.tables import choose, table
from core.tenancy.actor import Actor


class Command(OrganizationCommand):
    help = (
        "Write an organization's customers, projects, interactions, appointments or transactions "
        "to a file, as one snapshot."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("resource", choices=settings.EXPORT_TABLES)
        parser.add_argument("file", type=Path, help="replaced when the export is complete")
        super().add_arguments(parser)
        parser.add_argument(
            "--format", choices=list(Format), help="by default what the file's name ends with"
        )
        parser.add_argument(
            "--columns", metavar="A,B,…", help="as the API calls them; by default the usual ones"
        )
        parser.add_argument(
            "--filter",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="as the list's own parameters; repeatable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        actor = self.actor_of(options, label="export command")
        file: Path = options["file"]
        count = self._write(actor, options, file)
        self.stdout.write(f"{count:,} {options['resource']} in {file}")

    def _write(self, actor: Actor, options: dict[str, Any], file: Path) -> int:
        resource = options["resource"]
        ending = options["format"] or file.suffix.lstrip(".").lower() or "csv"
        if ending not in list(Format):
            known = ", ".join(Format)
            raise CommandError(f"No export is written as {ending}; choose a --format of {known}")
        form = Format(ending)
        filters = dict(
            text.split("=", 1) if "=" in text else (text, "") for text in options["filter"]
        )
        asked = table(resource)
        names = options["columns"].split(",") if options["columns"] else asked.usual or asked.names
        selection = export(
            actor=actor,
            resource=resource,
            columns=choose(list(names), asked.names),
            conditions=asked.get_conditions(filters, time_zone=actor.organization.time_zone),
        )
        half = file.with_name(f".{file.name}.part")
        try:
            if form == Format.XLSX:
                count = selection.workbook(half, self._progress)
            else:
                with half.open("wb") as target:
                    target.writelines(selection.text(form, self._progress))
                count = self.count
            os.replace(half, file)
        finally:
            half.unlink(missing_ok=True)
        return count

    count = 0

    def _progress(self, rows: int) -> None:
        self.count = rows
        if self.stdout.isatty():
            self.stdout.write(f"\r{rows:,} rows", ending="")

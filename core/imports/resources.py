"""What can be taken in from files: each app says of its own nouns how (`settings.IMPORTS`)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from core.errors import Fault, Invalid
from core.exports.tables import ExportTable
from core.imports.headers import Columns
from core.imports.options import USUAL, Options
from core.imports.reports import Report, RowResult
from core.imports.running import Checkpoint, run_import
from core.imports.uploads import Upload, UploadLine
from core.tenancy.actor import Actor
from core.text import quoted


class RowWriter(Protocol):
    """Writes the rows of one file; `notes` say what is to be said of it as a whole."""

    @property
    def notes(self) -> Sequence[Fault]: ...

    def write(self, lines: Sequence[UploadLine]) -> list[RowResult]:
        """The results of some hundred lines, in their order. To be called in a transaction."""


class ImportResource(ABC):
    """How rows of one model come in. `table` is their export, whose headers are known too."""

    model: type[models.Model]
    table: ExportTable

    @property
    def noun(self) -> str:
        """As addresses and the audit call the rows."""
        return self.table.noun

    @property
    @abstractmethod
    def fields(self) -> Mapping[str, str | Promise]:
        """What a column can mean, and how people call it."""

    @abstractmethod
    def propose(self, upload: Upload) -> Columns:
        """What each column means, by its header and its cells."""

    @abstractmethod
    def writer(
        self, *, actor: Actor, upload: Upload, columns: Columns, options: Options
    ) -> RowWriter:
        """What writes the file's rows."""

    def columns_of(self, upload: Upload, mapping: Columns | None = None) -> Columns:
        """
        The columns as proposed, but for those that the `mapping` names: header → field, None to
        leave it out. Raises Invalid naming each header and field that there isn't.
        """
        columns, mapping = dict(self.propose(upload)), mapping or {}
        faults = [
            Fault("unknown_column", f"The file has no column “{quoted(header)}”.")
            for header in mapping
            if header not in columns
        ]
        faults += [
            Fault(
                "unknown_field",
                f"“{quoted(header)}”: “{quoted(name)}” is no field; fields are: "
                f"{', '.join(self.fields)}.",
            )
            for header, name in mapping.items()
            if name is not None and name not in self.fields
        ]
        if faults:
            raise Invalid({"mapping": faults})
        return columns | dict(mapping)

    def run(
        self,
        *,
        actor: Actor,
        upload: Upload,
        options: Options = USUAL,
        mapping: Columns | None = None,
        dry_run: bool = False,
        checkpoint: Checkpoint | None = None,
    ) -> Report:
        """
        Every row of the table that can be read is written (or, dry, would be); the others are named
        with what is wrong. Raises Forbidden, and Invalid for a wrong mapping.
        """
        columns = self.columns_of(upload, mapping)
        writer = self.writer(actor=actor, upload=upload, columns=columns, options=options)
        return run_import(
            actor=actor,
            upload=upload,
            columns=columns,
            notes=writer.notes,
            noun=self.noun,
            write=writer.write,
            dry_run=dry_run,
            checkpoint=checkpoint,
        )


@cache
def import_resource(noun: str) -> ImportResource:
    """Raises KeyError."""
    resource: ImportResource = import_string(settings.IMPORTS[noun])
    return resource

"""Django's own command, which never takes a resembling sentence's translation for a new one."""

from typing import ClassVar

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    msgmerge_options: ClassVar[list[str]] = [
        *makemessages.Command.msgmerge_options,
        "--no-fuzzy-matching",
    ]

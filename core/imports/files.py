"""
Where uploaded files lie, and that they go: in the storage called `imports`, which all machines
share, until they are imported or nobody may confirm their check any more.
"""

import datetime as dt

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from core.clock import now
from core.errors import Gone
from core.ids import new_id
from core.imports.models import FileImport
from core.jobs.models import ACTIVE

KEPT = dt.timedelta(hours=24)
"""How long after it was uploaded a file may be imported."""

GONE = "The uploaded file is no longer there; choose it again"


def storage() -> Storage:
    return storages["imports"]


def save_file(data: bytes) -> str:
    """Stores an upload and answers the name of its file."""
    return storage().save(f"{new_id().hex}.upload", ContentFile(data))


def load_file(name: str) -> bytes:
    """What was uploaded. Raises Gone."""
    if not name:
        raise Gone(GONE)
    try:
        with storage().open(name) as file:
            data: bytes = file.read()
    except FileNotFoundError as error:
        raise Gone(GONE) from error
    return data


def delete_file(name: str) -> None:
    storage().delete(name)


def clean_files() -> int:
    """Deletes the files that no import is going to read. Returns how many."""
    try:
        names = storage().listdir("")[1]
    except FileNotFoundError:  # nothing was ever uploaded
        return 0
    imports = FileImport.objects.unscoped()
    wanted = {
        name
        for rows in (
            imports.filter(run_job__state__in=ACTIVE),
            imports.filter(created_at__gt=now() - KEPT),
        )
        for name in rows.values_list("file", flat=True)
    }
    stray = [name for name in names if name not in wanted and _old(name)]
    for name in stray:
        storage().delete(name)
    return len(stray)


def _old(name: str) -> bool:
    """A file is stored before its import is: a young one may belong to one that is about to be."""
    return storage().get_modified_time(name) < now() - KEPT

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
from core.imports.uploads import Upload, read_upload
from core.jobs.models import ACTIVE, Job

KIND = "import"
CONFIRM_WITHIN = dt.timedelta(hours=1)
"""How long after its check a file may be imported."""


def storage() -> Storage:
    return storages["imports"]


def save_file(data: bytes) -> str:
    """Stores an upload and answers the name of its file."""
    return storage().save(f"{new_id().hex}.upload", ContentFile(data))


def load_file(name: str) -> bytes:
    """What was uploaded. Raises Gone."""
    try:
        with storage().open(name) as file:
            data: bytes = file.read()
    except FileNotFoundError as error:
        raise Gone("The uploaded file is no longer there; choose it again") from error
    return data


def read_file(name: str, encoding: str = "") -> Upload:
    """The upload in that file. Raises Gone."""
    return read_upload(load_file(name), encoding)


def delete_file(name: str) -> None:
    storage().delete(name)


def clean_files() -> int:
    """Deletes the files that no import is going to read. Returns how many."""
    try:
        names = storage().listdir("")[1]
    except FileNotFoundError:  # nothing was ever uploaded
        return 0
    imports = Job.objects.unscoped().filter(kind=KIND)
    wanted = {
        parameters.get("file")
        for rows in (
            imports.filter(state__in=ACTIVE),
            imports.filter(created_at__gt=now() - CONFIRM_WITHIN),
        )
        for parameters in rows.values_list("parameters", flat=True)
    }
    stray = [name for name in names if name not in wanted and _old(name)]
    for name in stray:
        storage().delete(name)
    return len(stray)


def _old(name: str) -> bool:
    """A file is stored before its job is: a young one may belong to a job that is about to come."""
    return storage().get_modified_time(name) < now() - CONFIRM_WITHIN

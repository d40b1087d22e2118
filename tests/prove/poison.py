"""What no worker survives."""

import os
import signal
from typing import Any

from core.jobs.running import Run
from core.jobs.tasks import job_task


@job_task
def poison(run: Run) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}

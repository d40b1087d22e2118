"""
A task that the schedule runs anyway, called for sooner: by whoever has something for it, once it is
committed. A call that gets lost costs the time to the next round, so none may hold up a write.
"""

import time

from celery import current_app
from django.core.cache import cache


class Call:
    """
    Sends `task` unless a call is on its way. A queue or cache that couldn't be reached is left
    alone for `seconds`; as long a call is good for. `key` is the cache's.
    """

    def __init__(self, task: str, *, key: str, seconds: float) -> None:
        self.task, self.key, self.seconds = task, key, seconds
        self._reachable_from = 0.0

    @property
    def is_possible(self) -> bool:
        return time.monotonic() >= self._reachable_from

    def send(self) -> None:
        """Raises what the cache and the queue raise; for a while the next does nothing then."""
        if not self.is_possible:
            return
        self._reachable_from = time.monotonic() + self.seconds
        if cache.add(self.key, True, self.seconds):
            current_app.send_task(self.task, expires=self.seconds)
        self._reachable_from = 0.0

    def answer(self) -> None:
        """For the task, before it looks: what comes from here on needs another call."""
        cache.delete(self.key)

    def forget(self) -> None:
        """As if there had been none, and everything could be reached."""
        cache.delete(self.key)
        self._reachable_from = 0.0

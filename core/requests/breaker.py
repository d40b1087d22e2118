"""A service that doesn't answer is asked by one caller at a time, so that nobody else waits."""

import time
from threading import Lock


class CircuitBreaker:
    """
    After a failure `permits` says no for `pause` seconds; then it lets one caller try, and all
    again once that one `succeeded`. Threads share it.
    """

    def __init__(self, *, pause: float) -> None:
        self.pause = pause
        self._lock = Lock()
        self._broken = False
        self._next_try = 0.0

    def permits(self) -> bool:
        """Whether to ask. Who is told so says afterwards how it went."""
        if not self._broken:
            return True
        with self._lock:
            if time.monotonic() < self._next_try:
                return False
            self._next_try = time.monotonic() + self.pause
            return True

    def succeeded(self) -> None:
        self._broken = False

    def failed(self) -> None:
        with self._lock:
            self._broken, self._next_try = True, time.monotonic() + self.pause

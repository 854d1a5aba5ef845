"""A service that does not answer is left alone for a while, and then asked again."""

from __future__ import annotations

import time

AGAIN = 30.0  # seconds: a stage over many rows is soon at its end, and a process that serves is soon well again


class Outage:
    """What is known of a service's outage."""

    def __init__(self):
        self._reason, self._since = "", 0.0

    @property
    def reason(self) -> str:
        """Why the service is not worth a request now; "" where it is."""
        return self._reason if time.monotonic() - self._since < AGAIN else ""

    def begin(self, reason: str) -> None:
        """The service has just failed."""
        self._reason, self._since = reason, time.monotonic()

    def end(self) -> None:
        """The service has just answered."""
        self._reason = ""

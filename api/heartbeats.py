"""The heartbeat that goes to everybody next: a write costs more than what is in it, so it waits for company."""

from collections.abc import Callable
from typing import Final

from api.frames import Message
from schemas.clock import monotonic

COMPANY_SECONDS: Final = 0.3
"""How long it waits for a change to go out with."""


class Heartbeats:
    """One heartbeat at most, made when it goes out."""

    def __init__(self) -> None:
        """Begin without one."""
        self._make: Callable[[], Message] | None = None
        self._since = 0.0

    def put(self, make: Callable[[], Message]) -> None:
        """Let one go out soon, no later than one that it takes the place of."""
        if self._make is None:
            self._since = monotonic()
        self._make = make

    def take(self, *, alone: bool) -> Message | None:
        """Return the one that goes out now, alone or with changes; ``None`` where there is none, or it waits."""
        if self._make is None or (alone and monotonic() - self._since < COMPANY_SECONDS):
            return None
        heartbeat, self._make = self._make(), None
        return heartbeat

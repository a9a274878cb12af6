"""One client as the hub sees it."""

from collections.abc import Callable
from typing import Final

from api import messages
from api.event_cursor import Cursor
from api.feeds import Frame
from api.frames import Message
from api.mailbox import Mailbox
from api.topics import Topic
from api.transport import Link

BURST_BYTES: Final = 64 * 1024
"""What is written to a client before it is seen whether the system still takes it."""
SLOW_SECONDS: Final = 1.0
"""A client that takes nothing for longer is told that it has missed states."""


class Client:
    """One socket as the hub sees it: what waits for it, the way to it, and how long it has taken nothing."""

    def __init__(self, link: Link) -> None:
        """Take the way to it."""
        self.mailbox: Mailbox[Topic, Message] = Mailbox()
        self.cursors: dict[str, Cursor] = {}
        """How far it has come in each feed of events."""
        self.link = link
        self.stuck_since: float | None = None
        self.is_ending = False
        self._waited = 0

    def stuck_for(self, now: float) -> float:
        """Return for how long it has taken nothing, seconds, as far as ``is_stuck`` has seen."""
        return 0.0 if self.stuck_since is None else now - self.stuck_since

    def is_stuck(self, now: float) -> bool:
        """Tell whether the system has not taken all that was sent; one that takes some of it is only slow."""
        waiting = self.link.waiting()
        if waiting and (self.stuck_since is None or waiting < self._waited):
            self.stuck_since = now
        elif not waiting and self.stuck_since is not None:
            if self.stuck_for(now) >= SLOW_SECONDS:
                self.mailbox.reply(messages.slow(round(self.stuck_for(now) * 1000)))
            self.stuck_since = None
        self._waited = waiting
        return waiting > 0

    def burst(self, frame_after: Callable[[Topic, int | None], Frame | None]) -> list[Message]:
        """Return what it gets next: answers and states, then events, about ``BURST_BYTES`` in all.

        ``frame_after`` is the mailbox's.
        """
        burst: list[Message] = []
        size = 0
        while size < BURST_BYTES and (message := self.mailbox.take(frame_after)) is not None:
            burst.append(message)
            size += len(message.payload)
        for cursor in self.cursors.values():
            if size < BURST_BYTES:
                batch = cursor.take()
                burst += batch.messages
                size += batch.size
        return burst

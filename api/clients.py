"""One client as the hub sees it."""

from typing import Final

from api import messages
from api.event_cursor import Cursor
from api.feeds import Feed
from api.frames import Bundle, Message
from api.mailbox import Mailbox
from api.news import News
from api.transport import Link

BURST_BYTES: Final = 64 * 1024
"""What is written to a client before it is seen whether the system still takes it."""
SLOW_SECONDS: Final = 1.0
"""A client that takes nothing for longer is told that it has missed states."""


class Client:
    """One socket as the hub sees it: what waits for it, the way to it, and how long it has taken nothing."""

    def __init__(self, link: Link) -> None:
        """Take the way to it."""
        self.mailbox: Mailbox[Feed, Message] = Mailbox()
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

    def hand(self, news: News) -> bool:
        """Send what is new in its feeds, if it is ready for that; return whether it was."""
        ready = self.stuck_since is None and not self.link.waiting()
        ready = ready and self.mailbox.advance(news.before, news.after)
        if ready:
            self.link.send(news.bundle)
        return ready

    def burst(self) -> Bundle | None:
        """Return what it gets next: answers and states, then events; ``None`` where nothing waits."""
        burst: list[Message] = []
        size = 0
        while size < BURST_BYTES and (message := self.mailbox.take(Feed.frame_after)) is not None:
            burst.append(message)
            size += len(message.payload)
        if not burst and len(self.cursors) == 1:
            (cursor,) = self.cursors.values()
            bundle = cursor.take().bundle  # the same one for all who have come as far
            return bundle if bundle.messages else None
        # A batch of each, however large the states were: neither starves the other.
        for cursor in self.cursors.values():
            burst += cursor.take().messages
        return Bundle(burst) if burst else None

"""A client of the simulated vendor: its connection, what waits to be sent to it, and the sending."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from streams.feed.massive_server_protocol import Session


@dataclass(slots=True, eq=False)
class Client:
    """A connection and what waits to be sent to it."""

    connection: ServerConnection
    session: Session
    waiting: deque[bytes] = field(default_factory=deque)
    waiting_bytes: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    closing: int | None = None

    def push(self, frame: bytes) -> None:
        """Let a frame wait its turn."""
        self.waiting.append(frame)
        self.waiting_bytes += len(frame)
        self.changed.set()

    def finish(self, status: bytes | None, code: int) -> None:
        """Drop what waits, say why and close."""
        self.waiting.clear()
        self.waiting_bytes = 0
        if status is not None:
            self.push(status)
        self.closing = code
        self.changed.set()

    async def deliver(self, emptied: Callable[[], Awaitable[None]]) -> None:
        """Send what waits, in order, until the connection closes; ``emptied`` is called each time nothing waits."""
        try:
            while True:
                while self.waiting:
                    frame = self.waiting.popleft()
                    await self.connection.send(frame, text=True)
                    self.waiting_bytes = max(self.waiting_bytes - len(frame), 0)
                if self.closing is not None:
                    await self.connection.close(self.closing)
                    return
                await emptied()
                self.changed.clear()
                await self.changed.wait()
        except ConnectionClosed:
            self.waiting.clear()
            self.waiting_bytes = 0
            await emptied()

"""A local stand-in for the vendor's WebSocket server: the sessions of clients and one simulated day for all of them.

The rules of the conversation are in ``massive_server_protocol``, the messages in ``market_ticks``; here are the
sockets, the pace, and the buffer of each client.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.exceptions import ConnectionClosed

from schemas.clock import monotonic
from streams.feed.market_model import LATE_MINUTES, Market
from streams.feed.market_path import MINUTE
from streams.feed.market_ticks import CHANNELS, Ticks
from streams.feed.massive_messages import Message, frames, status_frame
from streams.feed.massive_server_protocol import (
    EVERY,
    POLICY_VIOLATION,
    TOO_MANY,
    TOO_SLOW,
    Phase,
    Refuse,
    Reply,
    Seats,
    Session,
)
from streams.feed.served_client import Client

FILL_BYTES: Final = 2 << 20
"""How much may wait for a client while the day runs as fast as it reads."""
AUTH_SECONDS: Final = 30.0
AUTH_TIMEOUT: Final = ("auth_timeout", "No authentication request received.")
MOST_REQUEST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a simulated day runs; seconds count from 04:00."""

    start: int = 0
    """The second at which the pace begins."""
    until: int | None = None
    """The last second, not included; ``None`` for the end of the day."""
    speed: float | None = 1.0
    """Simulated seconds per second; ``None`` for as fast as the clients read."""
    prefill: bool = True
    """Whether the day before ``start`` is sent first, as fast as the clients read, or skipped."""
    wait_for_client: bool = True
    """Whether the day begins with the first subscription."""
    hold_ms: float = 0.0
    """How long a second's messages are held after it has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the server allows."""

    frame_events: int = 500
    buffer_bytes: int = 64 << 20
    """Bytes that may wait for a client at a given pace; beyond, it is told so and closed."""
    refuse: Refuse = Refuse.NEWEST


class MassiveServer:
    """The vendor's server for one simulated day."""

    def __init__(
        self,
        market: Market,
        keys: frozenset[str],
        pace: Pace | None = None,
        limits: Limits | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare; nothing listens yet. ``tell`` is given a line for people at what they want to know of."""
        self.market = market
        self.events_sent = 0
        """Messages handed to clients' buffers since the start."""
        self.second = 0
        """The simulated second since 04:00 that is due next."""
        self._pace = pace or Pace()
        self._limits = limits or Limits()
        self._tell = tell or (lambda _line: None)
        self._seats = Seats(keys, self._limits.refuse)
        self._clients: dict[Session, Client] = {}
        self._news = asyncio.Condition()
        self._server: Server | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; raise ``RuntimeError`` before ``start``."""
        if self._server is None:
            message = "the server has not been started"
            raise RuntimeError(message)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; raise ``OSError`` where the port cannot be had. Port 0 takes a free one."""
        self._server = await listen(self._converse, host, port, compression=None, max_size=MOST_REQUEST_BYTES)

    async def close(self) -> None:
        """Close every connection and stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def run_day(self) -> None:
        """Send the day to whoever subscribes, and return when its last second has been read by those who still do."""
        pace = self._pace
        ticks = Ticks(self.market)
        until = (self.market.minutes + LATE_MINUTES) * MINUTE if pace.until is None else pace.until
        self.second = 0 if pace.prefill else pace.start
        if pace.wait_for_client:
            await self._readable()
        begun: float | None = None
        while self.second < until:
            if pace.speed is None or self.second < pace.start:
                await self._readable()
            else:
                begun = begun or monotonic() - (self.second - pace.start) / pace.speed
                due = begun + (self.second + 1 - pace.start) / pace.speed + pace.hold_ms / 1000
                await asyncio.sleep(max(due - monotonic(), 0))
            self._send(ticks, self.second)
            self.second += 1
        await self._drained()
        self._tell(f"end of day: {self.events_sent:,} messages sent")

    def _send(self, ticks: Ticks, second: int) -> None:
        """Put what is due at the end of a second into every subscriber's buffer."""
        for channel in CHANNELS:
            wanted = {client: client.session.wants(channel) for client in self._clients.values()}
            if not any(wanted.values()):
                continue
            messages = ticks.due(channel, second)
            encoded: dict[frozenset[str], tuple[int, list[bytes]]] = {}
            for client, tickers in wanted.items():
                if tickers not in encoded:
                    chosen = _chosen(messages, tickers)
                    encoded[tickers] = len(chosen), frames(chosen, self._limits.frame_events)
                count, ready = encoded[tickers]
                self.events_sent += count
                for frame in ready:
                    client.push(frame)
        for client in self._clients.values():
            if client.waiting_bytes > self._limits.buffer_bytes and client.closing is None:
                self._tell("a client reads too slowly and is closed")
                client.session.leave()
                client.finish(status_frame(TOO_SLOW), POLICY_VIOLATION)

    async def _readable(self) -> None:
        """Wait until somebody is subscribed and nobody has much waiting."""
        async with self._news:
            await self._news.wait_for(lambda: bool(self._subscribers()) and self._most_waiting() < FILL_BYTES)
        # let the senders and the receivers run even where nothing has to be waited for
        await asyncio.sleep(0)

    async def _drained(self) -> None:
        async with self._news:
            await self._news.wait_for(lambda: self._most_waiting() == 0)

    def _subscribers(self) -> list[Client]:
        return [client for client in self._clients.values() if any(client.session.subscriptions.values())]

    def _most_waiting(self) -> int:
        return max((client.waiting_bytes for client in self._clients.values()), default=0)

    async def _converse(self, connection: ServerConnection) -> None:
        """Serve one connection to its end."""
        client = Client(connection, Session(self._seats))
        self._clients[client.session] = client
        sender = asyncio.create_task(client.deliver(self._announce))
        try:
            await self._answer(client, client.session.greet())
            first = await asyncio.wait_for(connection.recv(), AUTH_SECONDS)
            await self._answer(client, client.session.receive(first))
            async for text in connection:
                await self._answer(client, client.session.receive(text))
        except TimeoutError:
            client.finish(status_frame(AUTH_TIMEOUT), POLICY_VIOLATION)
            await connection.wait_closed()
        except ConnectionClosed:
            pass
        finally:
            sender.cancel()
            client.session.leave()
            del self._clients[client.session]
            await self._announce()

    async def _answer(self, client: Client, reply: Reply) -> None:
        before = client.session.phase
        for statuses in reply.frames:
            client.push(status_frame(*statuses))
        if reply.close is not None:
            client.closing = reply.close
            client.changed.set()
        if reply.evict is not None and reply.evict in self._clients:
            self._clients[reply.evict].finish(status_frame(TOO_MANY), POLICY_VIOLATION)
        if before is not Phase.AUTHENTICATED and client.session.phase is Phase.AUTHENTICATED:
            self._tell("a client is authenticated")
        elif before is Phase.AUTHENTICATED:
            self._tell("; ".join(message for statuses in reply.frames for _, message in statuses))
        await self._announce()

    async def _announce(self) -> None:
        async with self._news:
            self._news.notify_all()


def _chosen(messages: list[Message], tickers: frozenset[str]) -> list[Message]:
    """Return the messages of the tickers wanted."""
    if EVERY in tickers:
        return messages
    return [message for message in messages if _ticker(message) in tickers]


def _ticker(message: Message) -> str:
    return message.T if message.ev == "LULD" else message.sym

"""A client of the gateway: live feeds that survive the network, and boards as data frames.

A board, a scan or a symbol in one line, best first::

    from api.client import fetch

    fetch("board:gainers", limit=10)
    fetch(scan={"filter": "price between 2 and 20 and relative_volume_at_time >= 5", "limit": 20})

Live, with reconnection and resumption::

    from api.client import Stream

    async with Stream() as stream:
        await stream.subscribe(feed="board:gainers", limit=10)
        await stream.subscribe(feed="alerts", kinds=["new_high"], tickers=["AAPL"])
        async for update in stream:
            if update.kind == "event":
                print(update.message["event"])
            elif update.feed == "board:gainers":
                print(stream.table("board:gainers"))
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any, Final, Self

import polars as pl
import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect as connect_now

from api.followed import Followed, Update
from schemas.clock import monotonic

URL: Final = "ws://127.0.0.1:8000/ws"
WAITS: Final = (0.5, 30.0)
"""Seconds before the second attempt to connect, doubling up to the longest."""
SETTLED_SECONDS: Final = 3.0
"""A connection that has brought something other than errors for so long is a good one: the waits begin anew."""
REFUSED: Final = frozenset({4401, 4403})
"""Codes with which the gateway closes where the key is missing, wrong or revoked: coming back would not help."""
SILENCE_SECONDS: Final = 6.0
"""The gateway speaks every second; after so long a connection is dead even if nobody said so."""


class RefusedError(RuntimeError):
    """The gateway refused what it was asked; the message says why."""


class Waits:
    """How long to wait before the next attempt to connect; it grows until a connection has proved good."""

    def __init__(self) -> None:
        """Begin with no attempt."""
        self._attempts = 0
        self._since: float | None = None
        """When the present connection brought its first message that was no error."""

    def before_next(self, jitter: float) -> float:
        """Count an attempt; return how long to wait before it (s), shortened by half at ``jitter`` 0, not at 1."""
        first, longest = WAITS
        doublings = self._attempts - 1
        self._attempts += 1
        self._since = None
        if doublings < 0:
            return 0.0
        whole = longest if doublings > longest / first else min(longest, first * 2**doublings)
        return whole * (0.5 + jitter / 2)

    def heard(self, kind: str, now: float) -> None:
        """Take note of a message that came at ``now`` (s)."""
        if kind == "error":
            return
        if self._since is None:
            self._since = now
        if now - self._since >= SETTLED_SECONDS:
            self._attempts = 0


class Stream:
    """Feeds over one socket; iterate over it for what is new, ask it for the tables as they are."""

    def __init__(self, url: str = URL, key: str | None = None) -> None:
        """Take the gateway's address, and a key where it asks for one; nothing happens before ``async with``."""
        self.reconnections = 0
        self._url = url
        self._key = key
        self._followed = Followed()
        self._away_seconds = 0.0
        """How long the gateway has asked to stay away."""
        self._waits = Waits()
        self._said = ""
        """The gateway's last word of refusal over the present connection."""
        self._refused = ""
        """Why the gateway lets nobody in with this key; empty while it does."""
        self._sending = asyncio.Lock()
        """Taken in the order in which requests were made, so that they go out in that order."""
        self._socket: websockets.ClientConnection | None = None

    async def __aenter__(self) -> Self:
        """Connect; raise ``OSError`` where nobody answers."""
        self._waits.before_next(0)
        await self._connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the connection."""
        if self._socket is not None:
            await self._socket.close()

    async def subscribe(self, **request: Any) -> None:  # noqa: ANN401 - the fields of a message
        """Follow a feed (``feed="board:gainers"``) or a scan (``scan={...}``), with the options of ``docs/api.md``."""
        await self._send(self._followed.subscribe(**request))

    async def unsubscribe(self, feed: str) -> None:
        """Follow a feed no more."""
        await self._send([self._followed.unsubscribe(feed)])

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds that are followed; a scan joins them once the gateway has told its id."""
        return self._followed.feeds

    def table(self, feed: str) -> pl.DataFrame:
        """Return the rows of a board, a scan or a symbol, best first; undefined is null."""
        return self._followed.table(feed)

    def rows(self, feed: str) -> list[tuple[float | str | None, ...]]:
        """Return the same as tuples, the ticker first."""
        return self._followed.rows(feed)

    async def __aiter__(self) -> AsyncIterator[Update]:
        """Yield what is new, for good: a lost connection is made anew, and goes on where it was.

        Raise ``RefusedError`` where the gateway ends the connection because the key is missing, wrong or revoked.
        """
        while True:
            if self._socket is None:
                await self._reconnect()
            try:
                message = await self._next()
            except (TimeoutError, ConnectionClosed) as end:
                self._lost(end)
                continue
            self._hear(message)
            update, answers = self._followed.take(message)
            await self._send(answers)
            if update is not None:
                yield update

    def _hear(self, message: dict[str, Any]) -> None:
        """Take note of what a message says of the connection."""
        self._waits.heard(message["type"], monotonic())
        if message["type"] == "reconnect":
            self._away_seconds = message["after_ms"] / 1000
        elif message["type"] == "error":
            self._said = message["message"]

    async def _next(self) -> dict[str, Any]:
        assert self._socket is not None
        async with asyncio.timeout(SILENCE_SECONDS):
            message: dict[str, Any] = json.loads(await self._socket.recv())
        return message

    async def _connect(self) -> None:
        """Connect, and go on with what was followed."""
        self._socket = await websockets.connect(self._url, max_size=None)
        self._said = ""
        await self._send(self._followed.again(self._key))

    async def _reconnect(self) -> None:
        """Connect again, however long it takes; raise ``RefusedError`` where that would not help."""
        if self._refused:
            raise RefusedError(self._refused)
        await asyncio.sleep(self._away_seconds)
        self._away_seconds = 0.0
        while self._socket is None:
            # A random part, so that not all come back at once.
            await asyncio.sleep(self._waits.before_next(random.random()))  # noqa: S311
            with suppress(OSError, TimeoutError, InvalidHandshake):
                await self._connect()
        self.reconnections += 1

    def _lost(self, end: TimeoutError | ConnectionClosed) -> None:
        """Let go of the connection, for good where the gateway does not want this client."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.transport.abort()
        closed = end.rcvd if isinstance(end, ConnectionClosed) else None
        if closed is not None and closed.code in REFUSED:
            self._refused = self._said or f"the gateway ended the connection: {closed.code} {closed.reason}"

    async def _send(self, messages: Iterable[dict[str, Any]]) -> None:
        """Send, if there is a connection; without one, the next one begins with all that is followed.

        Called at once with what ``Followed`` returns: what waits here goes over the connection that it was made for.
        """
        socket = self._socket
        if socket is None:
            return
        async with self._sending:
            with suppress(ConnectionClosed):
                for message in messages:
                    await socket.send(json.dumps(message))


def fetch(feed: str = "", *, url: str = URL, key: str | None = None, **options: Any) -> pl.DataFrame:  # noqa: ANN401
    """Return a board, a symbol or a scan (``scan={...}``) as it is now, best first; undefined is null.

    Raise ``RefusedError`` where the gateway refuses, ``OSError`` where nobody answers.
    """
    followed = Followed()
    request = {**({"feed": feed} if feed else {}), **options}
    with connect_now(url, max_size=None) as socket:
        if key is not None:
            socket.send(json.dumps({"action": "auth", "key": key}))
        for asked in followed.subscribe(**request):
            socket.send(json.dumps(asked))
        for text in socket:
            message = json.loads(text)
            if message["type"] == "error":
                raise RefusedError(message["message"])
            followed.take(message)
            if message["type"] == "snapshot":
                return followed.table(message["feed"])
    ended = "the gateway ended the connection before it answered"
    raise RefusedError(ended)

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
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final, Self

import polars as pl
import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect as connect_now

from api.followed import Followed, Update

URL: Final = "ws://127.0.0.1:8000/ws"
WAITS: Final = (0.5, 30.0)
"""Seconds before the second attempt to connect, doubling up to the longest."""
SILENCE_SECONDS: Final = 6.0
"""The gateway speaks every second; after so long a connection is dead even if nobody said so."""


class RefusedError(RuntimeError):
    """The gateway refused what it was asked; the message says why."""


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
        self._socket: websockets.ClientConnection | None = None

    async def __aenter__(self) -> Self:
        """Connect; raise ``OSError`` where nobody answers."""
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
        await self._send(self._followed.unsubscribe(feed))

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
        """Yield what is new, for good: a lost connection is made anew, and goes on where it was."""
        while True:
            if self._socket is None:
                await self._reconnect()
            try:
                message = await self._next()
            except (TimeoutError, ConnectionClosed):
                await self._lost()
                continue
            if message["type"] == "reconnect":
                self._away_seconds = message["after_ms"] / 1000
            update, answers = self._followed.take(message)
            for answer in answers:
                await self._send(answer)
            if update is not None:
                yield update

    async def _next(self) -> dict[str, Any]:
        assert self._socket is not None
        async with asyncio.timeout(SILENCE_SECONDS):
            message: dict[str, Any] = json.loads(await self._socket.recv())
        return message

    async def _connect(self) -> None:
        self._socket = await websockets.connect(self._url, max_size=None)
        if self._key is not None:
            await self._send({"action": "auth", "key": self._key})

    async def _reconnect(self) -> None:
        """Connect again, however long it takes, and go on with what was followed."""
        wait, longest = WAITS
        await asyncio.sleep(self._away_seconds)
        self._away_seconds = 0.0
        while True:
            with suppress(OSError, TimeoutError, InvalidHandshake):
                await self._connect()
                break
            await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - so that not all come back at once
            wait = min(longest, wait * 2)
        self.reconnections += 1
        for message in self._followed.again():
            await self._send(message)

    async def _lost(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.transport.abort()

    async def _send(self, message: dict[str, Any]) -> None:
        """Send, if there is a connection; without one, the next one begins with all that is followed."""
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(json.dumps(message))


def fetch(feed: str = "", *, url: str = URL, key: str | None = None, **options: Any) -> pl.DataFrame:  # noqa: ANN401
    """Return a board, a symbol or a scan (``scan={...}``) as it is now, best first; undefined is null.

    Raise ``RefusedError`` where the gateway refuses, ``OSError`` where nobody answers.
    """
    followed = Followed()
    request = {**({"feed": feed} if feed else {}), **options}
    with connect_now(url, max_size=None) as socket:
        if key is not None:
            socket.send(json.dumps({"action": "auth", "key": key}))
        socket.send(json.dumps(followed.subscribe(**request)))
        for text in socket:
            message = json.loads(text)
            if message["type"] == "error":
                raise RefusedError(message["message"])
            followed.take(message)
            if message["type"] == "snapshot":
                return followed.table(message["feed"])
    ended = "the gateway ended the connection before it answered"
    raise RefusedError(ended)

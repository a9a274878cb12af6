"""A server that speaks the vendor's greeting and then, connection after connection, does what it was told."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

KEY: Final = "good"
Act = Callable[[ServerConnection], Awaitable[None]]


def status(name: str, message: str = "") -> str:
    """Return a frame with one status."""
    return json.dumps([{"ev": "status", "status": name, "message": message}])


def bar(ticker: str, number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field, any value
    """Return the bar of the second ``number`` after noon of 2025-01-06."""
    start = 1_736_182_800_000 + 1000 * number
    price = {"o": 1.5, "h": 2, "l": 1, "c": 1.75}
    return {"ev": "A", "sym": ticker, "v": number, **price, "s": start, "e": start + 1000, **changes}


def send(*elements: dict[str, Any], per_frame: int = 100) -> Act:
    """Send elements in frames."""

    async def act(connection: ServerConnection) -> None:
        for first in range(0, len(elements), per_frame):
            await connection.send(json.dumps(elements[first : first + per_frame]))

    return act


def send_raw(*frames: str | bytes) -> Act:
    """Send frames as they are."""

    async def act(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)

    return act


def close(code: int) -> Act:
    """Close the connection."""

    async def act(connection: ServerConnection) -> None:
        await connection.close(code)

    return act


async def abort(connection: ServerConnection) -> None:
    """Break the connection without a word."""
    connection.transport.abort()


async def stay(connection: ServerConnection) -> None:
    """Keep the connection open."""
    await connection.wait_closed()


class ScriptedFeed:
    """Plays one script for each connection, the last one again for all that follow."""

    def __init__(self, *scripts: Sequence[Act], after_auth: str | None = None, answer: str | None = None) -> None:
        """Take the scripts.

        ``after_auth`` is a status that the first connection gets in place of ``auth_success`` before it is closed;
        ``answer`` is a frame that every connection gets in its place.
        """
        self._scripts = scripts
        self._after_auth = after_auth
        self._answer = answer
        self._server: Server | None = None
        self.connections = 0
        self.subscriptions: list[str] = []
        self.finished = asyncio.Event()
        """Set when the last script has been played to its end, or to its ``stay``."""

    @property
    def url(self) -> str:
        """The address."""
        assert self._server is not None
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await serve(self._converse, "127.0.0.1", 0, compression=None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _converse(self, connection: ServerConnection) -> None:
        script = self._scripts[min(self.connections, len(self._scripts) - 1)] if self._scripts else ()
        self.connections += 1
        number = self.connections
        try:
            await connection.send(status("connected", "Connected Successfully"))
            key = json.loads(await connection.recv())["params"]
            if key != KEY:
                await connection.send(status("auth_failed", "authentication failed"))
                return
            if self._answer is not None:
                await connection.send(self._answer)
                await connection.wait_closed()
                return
            if self._after_auth is not None and number == 1:
                await connection.send(status(self._after_auth, "as told"))
                await connection.close(1008)
                return
            await connection.send(status("auth_success", "authenticated"))
            self.subscriptions.append(json.loads(await connection.recv())["params"])
            for act in script:
                if act is stay and number >= len(self._scripts):
                    self.finished.set()
                await act(connection)
        except ConnectionClosed:
            pass

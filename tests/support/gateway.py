"""A real gateway process and a client that follows its feeds as ``docs/api.md`` says."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import websockets

from api.changes import Change, apply
from api.tables import Row
from tests.support.protocol import check_frame

ROOT: Final = Path(__file__).parents[2]
STOP_SECONDS: Final = 10
CHECKED: Final = 5
"""Messages of each type that a client holds against the written protocol: its checker is slow."""
QUICK: Final = {
    "TICKERBOARD_IDLE_SECONDS": "0.1",
    "TICKERBOARD_HEARTBEAT_SECONDS": "0.2",
    "TICKERBOARD_STALE_SECONDS": "2",
    "TICKERBOARD_REDIS_TIMEOUT_SECONDS": "1",
}
"""Settings under which a test need not wait long."""


@contextmanager
def gateway(redis_url: str, port: int = 0, settings: Mapping[str, str] = QUICK) -> Iterator[str]:
    """Run ``python -m api`` on a free port, or on ``port``; give ``host:port`` once it listens."""
    command = [sys.executable, "-m", "api", "--port", str(port), "--redis-url", redis_url]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **settings}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://(\S+)", line)
        assert found, f"the gateway did not start: {line!r}"
        yield found[1]
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


class Follower:
    """A client that keeps every feed it follows and checks each sequence on the way."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        """Follow over an open socket."""
        self.socket = socket
        self.rows: dict[str, list[Row]] = {}
        self.frames: dict[str, dict[str, Any]] = {}
        self.columns: dict[str, list[str]] = {}
        self.changes = 0
        self.snapshots = 0
        self.kinds: Counter[str] = Counter()

    async def say(self, **message: object) -> None:
        """Send a message."""
        await self.socket.send(json.dumps(message))

    async def next(self) -> dict[str, Any]:
        """Return the next message, taken in if it carries rows."""
        async with asyncio.timeout(10):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        self.kinds[message["type"]] += 1
        if self.kinds[message["type"]] <= CHECKED:
            check_frame(message)
        if message["type"] == "snapshot":
            self.snapshots += 1
            self.columns[message["feed"]] = message["columns"]
            self._keep(message, [tuple(row) for row in message["rows"]])
        elif message["type"] == "change":
            self.changes += 1
            before = self.frames[message["feed"]]
            assert (message["epoch"], message["sequence"]) == (before["epoch"], before["sequence"] + 1)
            change = Change(message["upserts"], message["removals"], [tuple(move) for move in message["moves"]])
            width = len(self.columns[message["feed"]])
            self._keep(message, apply(self.rows[message["feed"]], change, width))
        return message

    async def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 20) -> dict[str, Any]:
        """Return the first message that is ``wanted``, having taken in those before it."""
        async with asyncio.timeout(seconds):
            while not wanted(message := await self.next()):
                pass
        return message

    async def of_type(self, kind: str) -> dict[str, Any]:
        """Return the next message of a type."""
        return await self.until(lambda message: message["type"] == kind)

    async def until_rows(self, feed: str, wanted: Callable[[list[Row]], bool], seconds: float = 20) -> list[Row]:
        """Return the rows of a feed once they are as ``wanted``."""
        await self.until(lambda message: message.get("feed") == feed in self.rows and wanted(self.rows[feed]), seconds)
        return self.rows[feed]

    def _keep(self, message: dict[str, Any], rows: list[Row]) -> None:
        self.frames[message["feed"]] = {**self.frames.get(message["feed"], {}), **message}
        self.rows[message["feed"]] = rows


@asynccontextmanager
async def follower(address: str) -> AsyncIterator[Follower]:
    """Give a client connected to the gateway at ``address``."""
    async with websockets.connect(f"ws://{address}/ws") as socket:
        yield Follower(socket)


async def answer_when(
    address: str, path: str, wanted: Callable[[httpx.Response], bool], key: str = ""
) -> httpx.Response:
    """Ask by REST again and again, with a key where there is one; return the first answer that is ``wanted``."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(headers=headers) as client, asyncio.timeout(20):
        while True:
            answer = await client.get(f"http://{address}{path}")
            if wanted(answer):
                return answer
            await asyncio.sleep(0.05)

"""The same job as people write it on FastAPI: an endpoint that awaits ``send_text``, on uvicorn as it comes."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from schemas.clock import monotonic, now_ms
from tests.benchmarks.gateway_rig import pin, raise_file_limit

RATE = 4


class Ticker:
    """The texts of the moment, and a bell that rings when there are others."""

    def __init__(self, texts: list[str], clients: int) -> None:
        """Take texts whose published time is made anew for each round; begin once so many clients have come."""
        self.missing = clients
        self._texts = [(text, f'"published_time":{json.loads(text)["published_time"]}') for text in texts]
        self.texts: list[str] = []
        self.bell = asyncio.Event()

    async def run(self) -> None:
        """Ring so many times a second."""
        due = monotonic()
        while True:
            due = max(due + 1 / RATE, monotonic())
            self.texts = [text.replace(time, f'"published_time":{now_ms()}') for text, time in self._texts]
            if self.missing <= 0:
                bell, self.bell = self.bell, asyncio.Event()
                bell.set()
            await asyncio.sleep(max(0.0, due - monotonic()))


def create_app(texts: list[str], clients: int) -> FastAPI:
    """Return the application."""
    ticker = Ticker(texts, clients)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(ticker.run())
        yield
        task.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.websocket("/ws")
    async def follow(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()
        ticker.missing -= 1
        try:
            while True:
                await ticker.bell.wait()
                for text in ticker.texts:
                    await socket.send_text(text)
        except WebSocketDisconnect:
            pass

    return app


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--plain", action="store_true")
    chosen = parser.parse_args()
    pin(chosen.core)
    raise_file_limit()
    texts = json.loads(chosen.texts.read_text(encoding="utf-8"))
    config = uvicorn.Config(
        create_app(texts, chosen.clients), port=0, log_level="error", ws_per_message_deflate=not chosen.plain
    )
    listener = config.bind_socket()
    sys.stdout.write(f"listening on {listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()

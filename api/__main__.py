"""``python -m api``: one gateway process."""

import gc
import socket
from contextlib import closing
from typing import Final

import click
import uvicorn
import uvloop

from api.app import create_app
from api.settings import Settings
from api.store.database import Database, StoreError
from api.transport import DirectProtocol

SEND_BUFFER_BYTES: Final = 64 * 1024
"""Kernel memory for what a client has not read: more would only hold minutes of old frames for one that stalls."""
LONGEST_MESSAGE_BYTES: Final = 16 * 1024
"""Of a client's message; a longer one ends its connection."""
BACKLOG: Final = 2048
"""Connections that may wait to be accepted, as when all clients come back at once."""
DRAIN_SECONDS: Final = 3


HELP: Final = """Serve live boards: a WebSocket, REST and a page.

Reads what the workers write to Redis and pushes it on. It can be started before Redis or the workers: it says what is
missing (GET /readyz) and recovers by itself. Keys, saved scans and layouts are in a file, or in the database that
TICKERBOARD_STORE_URL names, which several gateways may share. Clients on other machines need a key (tickerboard keys).

\b
Then try, with the address it prints:
  open ADDRESS                               the page
  curl ADDRESS/api/boards/gainers?limit=10   a board now
  curl ADDRESS/api/symbols/AAPL              everything about one ticker
  curl ADDRESS/openapi.json                  every request there is
  ADDRESS/ws                                 {"action": "subscribe", "feed": "board:gainers"}

Other settings come from the environment: TICKERBOARD_STALE_SECONDS, TICKERBOARD_STALL_SECONDS and the like.
"""


@click.command(help=HELP, context_settings={"show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="Port to listen on; 0 picks a free one.")
@click.option("--redis-url", help="Redis or Valkey to read; REDIS_URL by default, else the usual port on this machine.")
def main(host: str, port: int, redis_url: str | None) -> None:
    """Listen, print the address, and serve until interrupted."""
    settings = Settings(redis_url=redis_url) if redis_url else Settings()
    _check_store(settings)
    try:
        listener = listen(host, port)
    except OSError as problem:
        sentence = f"cannot listen on {host}:{port}: {problem.strerror or problem}"
        raise click.ClickException(sentence) from problem
    with closing(listener):
        click.echo(f"tickerboard gateway on http://{_authority(listener)}")
        rarely_collect_garbage()
        uvloop.run(server(settings).serve(sockets=[listener]))


def rarely_collect_garbage() -> None:
    """Leave what there is now out of collections, and look through the rest less often.

    Going through thousands of connections again and again is what the slowest frames wait for.
    """
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)


def server(settings: Settings, log_level: str = "warning") -> uvicorn.Server:
    """Return uvicorn, set up for many long-lived sockets."""
    config = uvicorn.Config(
        create_app(settings),
        ws=DirectProtocol,
        ws_max_size=LONGEST_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # the protocol above has its own
        timeout_graceful_shutdown=DRAIN_SECONDS,
        log_level=log_level,
        server_header=False,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket whose connections hold little that their peers have not read."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _check_store(settings: Settings) -> None:
    """Say in one line if there is no store to work with; the gateway itself opens it later."""
    try:
        database = Database(settings.store_url.get_secret_value())
        database.open()
        database.close()
    except StoreError as problem:
        message = f"{problem}; TICKERBOARD_STORE_URL names another"
        raise click.ClickException(message) from problem


def _authority(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


if __name__ == "__main__":
    main(prog_name="python -m api")

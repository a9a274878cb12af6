"""A small server that speaks the vendor's REST API over a few invented tickers, and fails when it is told to."""

import json
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from schemas.clock import monotonic

KEY: Final = "a-key-that-nobody-may-see"
GROUPED: Final = "/v2/aggs/grouped/locale/us/market/stocks/"
SNAPSHOT: Final = "/v2/snapshot/locale/us/markets/stocks/tickers"
PAGED: Final = {
    "/v3/reference/splits",
    "/v3/reference/tickers",
    "/v3/reference/conditions",
    "/stocks/vX/float",
    "/stocks/v1/short-interest",
}


class Trouble(NamedTuple):
    """What goes wrong with the next request to a path; status 0 cuts the connection."""

    path: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b'{"status":"ERROR"}'


class Asked(NamedTuple):
    """A request that came, and when (seconds on a steady clock)."""

    path: str
    params: dict[str, str]
    at: float


class RestServer(ThreadingHTTPServer):
    """Answers from ``answers`` (by path) and ``rows`` (by path, paged); notes what it was asked."""

    daemon_threads = True

    def __init__(self, page: int = 2) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.page = page
        self.answers: dict[str, Any] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.troubles: deque[Trouble] = deque()
        self.asked: list[Asked] = []
        self.lock = Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def paths(self) -> list[str]:
        """Return the paths asked for, in order."""
        return [asked.path for asked in self.asked]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base's signature
        """Say nothing of connections that the client or a trouble has cut."""


class Handler(BaseHTTPRequestHandler):
    """Answers one GET after another on a connection."""

    server: RestServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer, or fail as told."""
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query))
        with self.server.lock:
            self.server.asked.append(Asked(parts.path, params, monotonic()))
            trouble = next((each for each in self.server.troubles if parts.path.startswith(each.path)), None)
            if trouble is not None:
                self.server.troubles.remove(trouble)
        if trouble is not None and trouble.status == 0:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif trouble is not None:
            self._answer(trouble.status, trouble.body, trouble.headers)
        elif self.headers["Authorization"] != f"Bearer {KEY}":
            self._answer(401, b'{"status":"ERROR","error":"Unknown API Key"}')
        else:
            self._found(parts.path, params)

    def _found(self, path: str, params: dict[str, str]) -> None:
        """Answer a request that nothing is wrong with."""
        rows = self.server.rows.get(path)
        if path in self.server.answers:
            self._answer(200, json.dumps(self.server.answers[path]).encode())
        elif rows is None and path not in PAGED:
            self._answer(404, b'{"status":"NOT_FOUND"}')
        else:
            wanted = [row for row in rows or () if params.get("ticker", row.get("ticker")) == row.get("ticker")]
            self._answer(200, json.dumps(self._page(path, params, wanted)).encode())

    def _page(self, path: str, params: dict[str, str], rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Return one page; the next one's address names another host, as behind a gateway, and no key."""
        first = int(params.get("cursor", "0"))
        last = first + self.server.page
        page: dict[str, Any] = {"status": "OK", "request_id": "1", "results": rows[first:last]}
        if last < len(rows):
            query = urlencode({**{name: text for name, text in params.items() if name == "ticker"}, "cursor": last})
            page["next_url"] = f"https://api.example.test{path}?{query}"
        return page

    def _answer(self, status: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's signature
        """Keep standard error free of access lines."""


@contextmanager
def rest_server() -> Iterator[RestServer]:
    """Run a server in a thread."""
    server = RestServer()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Schemas and their ids over the registry's REST interface, spoken by a small server that keeps its rules."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from schemas.codec import Codec
from schemas.records import Aggregate, Clock
from schemas.registry import RegistryError, register, subject_of

FROZEN = subject_of(Clock)


class Registry(ThreadingHTTPServer):
    """Gives each schema an id, the same for the same schema; refuses another schema for a frozen subject."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ids: dict[str, int] = {}
        self.frozen: set[str] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers ``POST /subjects/NAME/versions``."""

    server: Registry

    def do_POST(self) -> None:
        """Register a schema."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        subject = self.path.split("/")[2]
        json.loads(body["schema"])
        if subject in self.server.frozen:
            self.answer(409, {"error_code": 409, "message": "incompatible with an earlier schema"})
        else:
            self.answer(200, {"id": self.server.ids.setdefault(body["schema"], 100 + len(self.server.ids))})

    def answer(self, status: int, document: object) -> None:
        """Send JSON."""
        packed = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Give a running registry."""
    with Registry() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_ids_frame_what_is_written_and_both_framings_are_read(registry: Registry) -> None:
    """With ids the codec writes magic byte, id and body; it still reads the other framing."""
    ids = register(registry.url)
    framed, plain = Codec(ids), Codec()
    clock = Clock(event_time=5, received_time=7)

    assert framed.encode(clock)[:5] == b"\x00" + ids[Clock].to_bytes(4, "big")
    assert framed.decode(plain.encode(clock)) == clock
    assert framed.decode(framed.encode(clock)) == clock


def test_registering_twice_gives_the_same_ids(registry: Registry) -> None:
    """A restarted component frames as it did before."""
    assert register(registry.url) == register(registry.url)


def test_a_refused_schema_is_named(registry: Registry) -> None:
    """A schema that would break its readers stops the component, and the message says which."""
    registry.frozen.add(FROZEN)

    with pytest.raises(RegistryError, match=rf"refuses {FROZEN}: 409"):
        register(registry.url, [Aggregate, Clock])


def test_a_silent_registry_is_named() -> None:
    """A registry that is not there is one line, with its address."""
    with pytest.raises(RegistryError, match=r"http://127\.0\.0\.1:1 does not answer"):
        register("http://127.0.0.1:1", [Clock])

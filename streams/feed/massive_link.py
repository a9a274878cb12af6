"""One connection to Massive's WebSocket through its official client, from the first byte to the reason it ended.

The client is used for what it knows (URL, greeting, key, subscriptions) and held back where it would decide by itself.
Its traps (``vendors.md``), in its own order: a clean close returns silently, so every end is given a name here; drops
are counted over the life of the process, so each connection gets a client of its own, told to give up at once; refused
connections are retried without end inside websockets, so the first refusal is raised; all channels go into the
constructor, because a later ``subscribe`` cancels others of the same first letter; options of the socket go to
``connect``, which alone passes them on; frames have no largest size; the callback must not raise and only enqueues.
"""

import json
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from massive import WebSocketClient
from massive.exceptions import AuthError
from pydantic import SecretStr
from websockets.exceptions import WebSocketException

from streams.feed.input_error import InputError

TOO_MANY: Final = "max_connections"
MARKET: Final = "stocks"
SCHEMES: Final = {"ws": False, "wss": True}
CLOSE_SECONDS: Final = 1
"""How long the closing handshake may take."""


class Ending(StrEnum):
    """How a connection ended."""

    CLOSED = "closed"
    DROPPED = "dropped"
    UNREACHABLE = "unreachable"
    TOO_MANY = "too_many"
    REFUSED = "refused"


class End(NamedTuple):
    """How a connection ended, and what was said about it."""

    ending: Ending
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Where to listen and to what."""

    host: str
    secure: bool
    channels: tuple[str, ...]
    key: SecretStr

    @classmethod
    def at(cls, url: str, channels: Sequence[str], key: SecretStr) -> "Feed":
        """Return the feed at ``ws://host[:port]`` or ``wss://…``; raise ``InputError`` where that is none."""
        parts = urlsplit(url)
        try:
            valid = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            valid = False
        if not valid or parts.path.strip("/") not in {"", MARKET}:
            message = f"--url {url}: not an address such as wss://socket.massive.com or ws://127.0.0.1:8765"
            raise InputError(message)
        return cls(host=parts.netloc, secure=SCHEMES[parts.scheme], channels=tuple(channels), key=key)


class _UnreachableError(Exception):
    """The first attempt to connect failed; the cause is its context."""


def _give_up() -> Generator[float]:
    """Stand in for the delays between attempts: there is no second one."""
    raise _UnreachableError


class _Greeting:
    """The client's JSON module: lets the statuses be seen that a client in raw mode keeps to itself."""

    def __init__(self) -> None:
        self.statuses: list[tuple[str, str]] = []

    def loads(self, text: str | bytes) -> Any:  # noqa: ANN401 - whatever the server sends
        """Decode what the server sent before the first subscription."""
        messages = json.loads(text)
        for message in messages:
            self.statuses.append((str(message.get("status")), str(message.get("message"))))
        return messages

    @staticmethod
    def dumps(message: object) -> str:
        """Encode a request."""
        return json.dumps(message)


class MassiveLink:
    """Makes one connection after another; ``on_frame`` gets every frame after the greeting, in order."""

    def __init__(self, feed: Feed, on_frame: Callable[[str | bytes], Awaitable[None]]) -> None:
        """Take where to listen and who takes the frames; it must not raise."""
        self._feed = feed
        self._on_frame = on_frame
        self._client: WebSocketClient | None = None

    async def connect(self) -> End:
        """Connect, listen until the connection ends, and return how it did."""
        greeting = _Greeting()
        self._client = client = WebSocketClient(
            api_key=self._feed.key.get_secret_value(),
            feed=self._feed.host,
            market=MARKET,
            raw=True,
            subscriptions=list(self._feed.channels),
            max_reconnects=0,
            secure=self._feed.secure,
            custom_json=greeting,
        )
        try:
            await client.connect(
                self._on_frame, close_timeout=CLOSE_SECONDS, max_size=None, reconnect_delays=_give_up, compression=None
            )
        except AuthError as error:
            return End(Ending.REFUSED, str(error))
        except _UnreachableError as error:
            return End(Ending.UNREACHABLE, repr(error.__context__))
        except (WebSocketException, OSError, LookupError, TypeError, ValueError, AttributeError) as error:
            return _end(Ending.DROPPED, repr(error), greeting)
        finally:
            await self.close()
        return _end(Ending.CLOSED, "closed by the server", greeting)

    async def close(self) -> None:
        """Close the connection, if there is one; ``connect`` then returns."""
        client, self._client = self._client, None
        if client is not None and client.websocket is not None:
            await client.websocket.close()


def _end(ending: Ending, detail: str, greeting: _Greeting) -> End:
    """Return the end of a connection in the light of what the server said in its greeting."""
    for status, message in greeting.statuses:
        if status == TOO_MANY:
            return End(Ending.TOO_MANY, message)
    return End(ending, detail)

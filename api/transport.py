"""How messages reach a client's socket without anybody waiting for it.

A ``Link`` takes messages at once and says how much of them still waits. ``DirectLink`` writes whole frames to uvicorn's
transport: it leans on uvicorn's inside, here and nowhere else; ``tests/unit/api/test_transport.py`` is the contract.
Where the server is another one, ``PlainLink`` sends through ASGI, more slowly but to the same effect.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from random import randrange
from typing import Any, Final, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.server import ServerProtocol

from api import messages
from api.frames import Bundle, Message

EXTENSION: Final = "tickerboard.link"
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""Without it the kernel would keep what it has not sent, and try to, for minutes after the close."""
WHOLE_WINDOW: Final = 15
"""Bits of deflate's window that shared frames need; a client that has agreed on fewer gets plain ones."""


LONGEST_AWAY_MS: Final = 2000
"""Clients of a gateway that ends come back within this time, not all at once."""
GRACE_SECONDS: Final = 3.0
"""Between the word that ends a connection and its end, for a client that does not answer."""


class Link(Protocol):
    """The way to one client."""

    def send(self, bundle: Bundle) -> None:
        """Take messages without waiting."""

    def waiting(self) -> int:
        """Return how many bytes the system has not taken yet."""

    def close(self, code: int, reason: str) -> None:
        """End the connection behind what waits, with a reason; a client that does not read that loses it soon."""


class DirectLink:
    """Whole frames, written to the transport."""

    def __init__(self, protocol: "DirectProtocol") -> None:
        """Take the connection, which has been accepted."""
        self._protocol = protocol
        self._transport = protocol.transport
        self._deflates = any(
            isinstance(extension, PerMessageDeflate)
            and extension.local_no_context_takeover
            and extension.local_max_window_bits == WHOLE_WINDOW
            for extension in protocol.conn.extensions
        )

    def send(self, bundle: Bundle) -> None:
        """Write their frames in one piece."""
        if not self._protocol.close_sent and not self._transport.is_closing():
            self._transport.write(bundle.deflated if self._deflates else bundle.plain)

    def waiting(self) -> int:
        """Return how much of it the kernel has no room for."""
        return self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Write a close frame; what comes from the client after it is no longer read."""
        self._protocol.say_goodbye(code, reason)


class DirectProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own WebSocket protocol, with deflate that keeps no context, and a link for the application."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on as they come
        """Negotiate deflate such that the same frame serves all; uvicorn's would cost 50-200 KB a connection."""
        super().__init__(*args, **kwargs)
        deflate = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
        self._reset_timer: asyncio.TimerHandle | None = None
        self.conn = ServerProtocol(extensions=[deflate], max_size=self.config.ws_max_size, logger=self.logger)

    def handle_connect(self, event: Request) -> None:
        """Put the means to make a link where the application finds it."""
        super().handle_connect(event)
        scope: MutableMapping[str, Any] | None = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self.link

    async def send(self, message: Any) -> None:  # noqa: ANN401 - passed on as it comes
        """Send what ASGI sends; a handshake that was answered with a refusal is complete, which uvicorn overlooks."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def link(self) -> DirectLink:
        """Return the link of this connection, once it has been accepted."""
        return DirectLink(self)

    def say_goodbye(self, code: int, reason: str) -> None:
        """Send a close frame behind all that waits; end the connection once the client has answered it, or soon."""
        if self.close_sent or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(GRACE_SECONDS, self.reset)

    def shutdown(self) -> None:
        """Tell the client when to come back, each another time, before uvicorn ends the connection."""
        if self.handshake_complete and not self.close_sent and not self.transport.is_closing():
            after = randrange(LONGEST_AWAY_MS)  # noqa: S311 - so that not all come back at once
            self.transport.write(messages.reconnect(after).plain)
        super().shutdown()

    def handle_close(self, event: Frame) -> None:
        """End a connection whose client has said goodbye, soon also where it does not read what waits for it."""
        super().handle_close(event)
        self._reset_soon()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """End a connection that is served no more, soon also where its client does not read what waits for it."""
        super().on_task_complete(task)
        self._reset_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._reset_timer is not None:
            self._reset_timer.cancel()
        super().connection_lost(exc)

    def _reset_soon(self) -> None:
        if self._reset_timer is None and not self.disconnected and self.transport.get_write_buffer_size():
            self._reset_timer = self.loop.call_later(GRACE_SECONDS, self.reset)

    def reset(self) -> None:
        """End the connection at once: what the client has not read is thrown away."""
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            with suppress(OSError):  # it has been closed meanwhile
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.transport.abort()


class PlainLink:
    """Messages sent one by one through ASGI, by a task of the connection's own."""

    def __init__(self, websocket: WebSocket) -> None:
        """Take the connection; nothing is sent before ``run``."""
        self._websocket = websocket
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._goodbye: tuple[int, str] | None = None
        self._bell = asyncio.Event()

    def send(self, bundle: Bundle) -> None:
        """Queue them."""
        self._messages.extend(bundle.messages)
        self._bytes += sum(len(message.payload) for message in bundle.messages)
        self._bell.set()

    def waiting(self) -> int:
        """Return how much is queued."""
        return self._bytes

    def close(self, code: int, reason: str) -> None:
        """End the connection once all has been sent."""
        self._goodbye = (code, reason)
        self._bell.set()

    async def run(self) -> None:
        """Send until the client has gone."""
        try:
            while True:
                await self._bell.wait()
                self._bell.clear()
                while self._messages:
                    message = self._messages.popleft()
                    await self._websocket.send({"type": "websocket.send", "text": message.text})
                    self._bytes = max(0, self._bytes - len(message.payload))
                if self._goodbye is not None:
                    await self._websocket.close(*self._goodbye)
                    return
        except (WebSocketDisconnect, RuntimeError):
            return  # it left meanwhile; whoever reads from it ends by the same news


def link_of(websocket: WebSocket) -> Link:
    """Return the best link there is to an accepted connection; a ``PlainLink`` has to be run."""
    make: Callable[[], Link] | None = websocket.scope.get("extensions", {}).get(EXTENSION)
    return make() if make is not None else PlainLink(websocket)

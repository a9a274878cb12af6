"""The one place that leans on uvicorn's inside: ends a connection whose peer takes nothing any more.

A close frame would wait behind everything the peer has not read, so only the transport itself can end such a
connection. Without this class (another server, a test client) ``drop_of`` falls back to doing nothing, and such a
connection lasts until the server's keepalive ends it; its memory is bounded all the same.
"""

import socket
import struct
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION: Final = "tickerboard.drop"
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""Without it the kernel would keep what it has not sent, and try to, for minutes after the close."""


class DroppableProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own WebSocket protocol, which also tells the application how to drop the connection."""

    def handle_connect(self, event: Request) -> None:
        """Put the means to drop the connection where the application finds it."""
        super().handle_connect(event)
        scope: MutableMapping[str, Any] | None = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self._drop

    def _drop(self) -> None:
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.transport.abort()


def drop_of(scope: MutableMapping[str, Any]) -> Callable[[], None]:
    """Return what ends the connection of ``scope`` at once."""
    drop: Callable[[], None] = scope.get("extensions", {}).get(EXTENSION, _nothing)
    return drop


def _nothing() -> None:
    """Stand in where the server gives no such means."""

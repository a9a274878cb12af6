"""PURE. Messages as bytes, each made once however many clients get it: as text, as a WebSocket frame, and deflated."""

import zlib
from collections.abc import Sequence
from functools import cached_property
from typing import Final

TEXT: Final = 0x81
"""First byte of a frame that is a whole text message."""
DEFLATED: Final = 0x40
"""Its bit that says that the payload is deflated (RFC 7692)."""
SHORT, MEDIUM = 125, 0xFFFF
TAIL: Final = b"\x00\x00\xff\xff"
"""What a flushed block of deflate ends with, and RFC 7692 leaves out."""
WORTH_BYTES: Final = 120
"""Payloads below this are sent as they are."""
LEVEL: Final = 6


class Message:
    """A message to clients, encoded when the first of them needs it."""

    def __init__(self, payload: bytes) -> None:
        """Take JSON text in UTF-8."""
        self.payload = payload

    @property
    def text(self) -> str:
        """The message."""
        return self.payload.decode()

    @cached_property
    def plain(self) -> bytes:
        """The frame of a server, which masks nothing."""
        return frame(self.payload)

    @cached_property
    def deflated(self) -> bytes:
        """The frame for clients that agreed on deflate without context takeover; the plain one where it is small."""
        if len(self.payload) < WORTH_BYTES:
            return self.plain
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(self.payload) + packer.flush(zlib.Z_SYNC_FLUSH)
        return frame(packed.removesuffix(TAIL), TEXT | DEFLATED)


class Bundle:
    """Messages that go out together, joined once for all who get the same."""

    def __init__(self, messages: Sequence[Message]) -> None:
        """Take them in order."""
        self.messages = messages

    @cached_property
    def plain(self) -> bytes:
        """Their frames."""
        return b"".join([message.plain for message in self.messages])

    @cached_property
    def deflated(self) -> bytes:
        """Their frames for clients that agreed on deflate."""
        return b"".join([message.deflated for message in self.messages])


def frame(payload: bytes, first: int = TEXT) -> bytes:
    """Return a whole, unmasked frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size <= SHORT:
        head = bytes((first, size))
    elif size <= MEDIUM:
        head = bytes((first, SHORT + 1)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, SHORT + 2)) + size.to_bytes(8, "big")
    return head + payload

"""``api.frames``: the bytes of a message, as any WebSocket client understands them."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from api.frames import WORTH_BYTES, Message

SIZES = (0, 1, 125, 126, 65_535, 65_536, 70_000)


def parsed(data: bytes, *extensions: PerMessageDeflate) -> Frame:
    """Return the one frame in ``data``, as ``websockets`` reads it."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    steps = Frame.parse(reader.read_exact, mask=False, extensions=list(extensions))
    with pytest.raises(StopIteration) as done:
        next(steps)
    assert reader.buffer == bytearray()
    frame: Frame = done.value.value
    return frame


def deflate() -> PerMessageDeflate:
    """Return the extension as clients have agreed on it."""
    return PerMessageDeflate(
        remote_no_context_takeover=True,
        local_no_context_takeover=True,
        remote_max_window_bits=15,
        local_max_window_bits=15,
    )


@pytest.mark.parametrize("size", SIZES)
def test_a_plain_frame_of_any_length_is_read_whole(size: int) -> None:
    """On both sides of each change in the length's form."""
    frame = parsed(Message(b"x" * size).plain)

    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, b"x" * size)


@given(st.binary(max_size=3000))
def test_a_deflated_frame_is_read_as_what_it_was(payload: bytes) -> None:
    """Each by itself, with no memory of those before."""
    extension = deflate()
    message = Message(payload)

    assert bytes(parsed(message.deflated, extension).data) == payload
    assert bytes(parsed(message.deflated, extension).data) == payload


def test_small_messages_are_not_deflated() -> None:
    """It would not pay."""
    small, large = Message(b"a" * (WORTH_BYTES - 1)), Message(b"a" * WORTH_BYTES)

    assert small.deflated == small.plain
    assert len(large.deflated) < len(large.plain) / 3


def test_a_message_is_encoded_once() -> None:
    """However many clients get it."""
    message = Message(b"a" * 500)

    assert message.deflated is message.deflated
    assert message.plain is message.plain
    assert message.text == "a" * 500
    assert zlib.MAX_WBITS == 15

"""Records to the contents of Kafka's record batches, no larger than a broker takes."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from schemas.columnar import Bytes, Integers
from streams.feed.columnar_encoder import body_bound
from streams.feed.record_writer import FRAME_BYTES, Template, pack_messages, pack_rows

BATCH_BYTES: Final = 1 << 19
"""Uncompressed size of a batch: half of what brokers accept by default, should it not compress."""
NO_KEY: Final = b""


class Packed(NamedTuple):
    """Records of one batch in Kafka's framing, not yet compressed."""

    records: bytes
    number: int


class Joined(NamedTuple):
    """Byte strings joined: string ``i`` ends at ``ends[i + 1]``; ``ends[0]`` is 0."""

    buffer: Bytes
    ends: Integers


def join_bytes(parts: Sequence[bytes]) -> Joined:
    """Return byte strings joined, and where they end."""
    ends = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)), out=ends[1:])
    return Joined(np.frombuffer(b"".join(parts), np.uint8), ends)


class Clocks(NamedTuple):
    """Encoded clock records; ``positions[i]`` is the row that number ``i`` and those behind it precede."""

    positions: Integers
    values: Joined


class Packer:
    """Fills one buffer again and again; what it yields is a copy."""

    def __init__(self) -> None:
        """Allocate the buffer."""
        self._out = np.empty(BATCH_BYTES, np.uint8)

    def messages(self, keys: Sequence[bytes], values: Sequence[bytes]) -> Iterator[Packed]:
        """Yield encoded messages in batches (an empty key is null); one longer than a batch gets its own."""
        joined_keys, joined_values = join_bytes(keys), join_bytes(values)
        first = 0
        while first < len(values):
            out = self._room(len(keys[first]) + len(values[first]) + FRAME_BYTES)
            size, following = pack_messages(*joined_keys, *joined_values, first, out)
            yield Packed(out[:size].tobytes(), following - first)
            first = following

    def columns(
        self, rows: Integers, table: Integers, texts: Bytes, template: Template, clocks: Clocks
    ) -> Iterator[Packed]:
        """Yield the rows of one partition (ascending indices of ``table``) and the clocks among them in batches."""
        first = first_clock = 0
        while first < len(rows) or first_clock < len(clocks.positions):
            needed = int(body_bound(template.operations, table, rows[first])) if first < len(rows) else 0
            out = self._room(needed + len(template.prefix) + 2 * FRAME_BYTES)
            size, count, first, first_clock = pack_rows(
                rows, table, texts, *template, clocks.positions, *clocks.values, first, first_clock, out
            )
            yield Packed(out[:size].tobytes(), count)

    def _room(self, needed: int) -> Bytes:
        """Return the buffer, or a larger one where a single record needs it."""
        return self._out if needed <= len(self._out) else np.empty(needed, np.uint8)

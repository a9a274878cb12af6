"""Records waiting to be sent to one partition, in the order in which they came, and their way into record batches."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.columnar import Bytes, Integers
from streams.feed.columnar_encoder import FRAME_BYTES, Template, body_bound, pack_messages, pack_rows

BATCH_BYTES: Final = 1 << 19
"""Uncompressed size of a batch: half of what brokers accept by default, should it not compress."""


class Packed(NamedTuple):
    """Records of one batch in Kafka's framing, not yet compressed."""

    records: bytes
    count: int


class Outbox:
    """Keys and encoded values for one partition; the key of a clock record is null."""

    def __init__(self) -> None:
        """Start empty."""
        self.keys: list[bytes] = []
        self.values: list[bytes] = []

    def add(self, key: bytes, value: bytes) -> None:
        """Put a record behind those that wait; an empty key is null."""
        self.keys.append(key)
        self.values.append(value)

    def take(self) -> Iterator[Packed]:
        """Yield what waits, in batches, and be empty again."""
        keys, self.keys = self.keys, []
        values, self.values = self.values, []
        return pack_all(keys, values)


def _joined(parts: list[bytes]) -> tuple[Bytes, Integers]:
    """Return byte strings joined, and where they end (the first number is 0)."""
    ends = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)), out=ends[1:])
    return np.frombuffer(b"".join(parts), np.uint8), ends


def pack_all(keys: list[bytes], values: list[bytes]) -> Iterator[Packed]:
    """Yield messages in batches; one that is longer than a batch gets a batch of its own."""
    key_buffer, key_ends = _joined(keys)
    value_buffer, value_ends = _joined(values)
    first = 0
    while first < len(values):
        rest = int(value_ends[-1] - value_ends[first] + key_ends[-1] - key_ends[first])
        rest += FRAME_BYTES * (len(values) - first)
        out = np.empty(min(rest, max(BATCH_BYTES, _framed(keys[first], values[first]))), np.uint8)
        size, following = pack_messages(key_buffer, key_ends, value_buffer, value_ends, first, out)
        yield Packed(out[:size].tobytes(), following - first)
        first = following


def _framed(key: bytes, value: bytes) -> int:
    """Return what one message takes at most."""
    return len(key) + len(value) + FRAME_BYTES


class Clocks(NamedTuple):
    """Encoded clock records and the rows that they precede."""

    positions: Integers
    buffer: Bytes
    ends: Integers

    @classmethod
    def of(cls, positions: Integers, values: list[bytes]) -> "Clocks":
        """Join encoded clock records; ``values[i]`` goes before every row from ``positions[i]`` on."""
        return cls(positions, *_joined(values))


def pack_columns(
    rows: Integers, table: npt.NDArray[np.int64], texts: Bytes, template: Template, clocks: Clocks
) -> Iterator[Packed]:
    """Yield the rows of one partition (ascending indices into ``table``) and the clock records among them in batches."""
    first = first_clock = 0
    while first < len(rows) or first_clock < len(clocks.positions):
        size = BATCH_BYTES
        if first < len(rows):
            size = max(size, int(body_bound(template.operations, table, rows[first])) + 2 * FRAME_BYTES)
        out = np.empty(size, np.uint8)
        used, count, first, first_clock = pack_rows(
            rows,
            table,
            texts,
            template.prefix,
            template.operations,
            template.key_column,
            clocks.positions,
            clocks.buffer,
            clocks.ends,
            first,
            first_clock,
            out,
        )
        yield Packed(out[:used].tobytes(), count)

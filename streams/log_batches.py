"""Kafka's record batches as they lie in the log, unpacked into columns without an object for each record.

aiokafka makes a ``ConsumerRecord`` of every message, which takes more than half of a busy worker's time. For topics
named in ``RAW_TOPICS`` the fetcher hands on whole batches (format version 2) instead, and a kernel finds the keys and
values in them. The two classes put in place of aiokafka 0.14's own do what those do for every other topic.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from schemas.columnar import Messages
from schemas.compiled import compiled

RAW_TOPICS: Final[set[str]] = set()
"""Topics whose records arrive as ``LogBatch``."""

HEADER: Final = struct.Struct(">qiibIhiqqqhii")
"""Base offset, length, leader epoch, format, checksum, attributes, last offset delta, two times, producer, count."""
LENGTH_AT: Final = struct.Struct(">qi")
CHECKED_FROM: Final = 21
"""The checksum covers the batch from its attributes on."""
FORMAT: Final = 2
CODEC_BITS: Final = 0b111
LAST_BYTE: Final = 0x80
"""Of a varint: bytes below it end the number."""
CONTROL_BIT: Final = 0b10_0000
DECODERS: Final[dict[int, Callable[[Any], bytes]]] = {1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}


class LogBatch(NamedTuple):
    """One batch: its records, decompressed but not taken apart."""

    base_offset: int
    first_offset: int
    """Records before it were read before."""
    offset: int
    """Of its last record."""
    timestamp: int
    """Largest of its records' times, ms since the epoch; of writing, where the feed set none."""
    timestamp_type: int
    size: int
    """Number of records."""
    records: bytes


class Unpacked(NamedTuple):
    """Records of some batches: values as messages, and for each its offset and where its key lies in the buffer."""

    values: Messages
    offsets: npt.NDArray[np.int64]
    key_starts: npt.NDArray[np.int64]
    key_lengths: npt.NDArray[np.int64]
    """-1 for no key."""

    def key(self, index: int) -> bytes | None:
        """Return a record's key."""
        length = int(self.key_lengths[index])
        start = int(self.key_starts[index])
        return None if length < 0 else self.values.buffer[start : start + length].tobytes()

    def value(self, index: int) -> bytes:
        """Return a record's value."""
        return self.values.buffer[self.values.starts[index] : self.values.ends[index]].tobytes()


@compiled
def read_varint(buffer: npt.NDArray[np.uint8], position: int) -> tuple[int, int]:
    """Return a zigzag varint and the position behind it."""
    bits = np.uint64(0)
    shift = np.uint64(0)
    while True:
        byte = buffer[position]
        position += 1
        bits |= np.uint64(byte & 0x7F) << shift
        if byte < LAST_BYTE:
            # No Python integers: these are machine words, compiled.
            return np.int64(bits >> np.uint64(1)) ^ -np.int64(bits & np.uint64(1)), position  # type: ignore[return-value]
        shift += np.uint64(7)


@compiled
def find_records(  # noqa: PLR0913, PLR0917 - compiled: arrays and numbers by position
    buffer: npt.NDArray[np.uint8],
    position: int,
    count: int,
    base_offset: int,
    first_offset: int,
    found: int,
    places: npt.NDArray[np.int64],
) -> int:
    """Write offset, key start, key length, value start and value end of each record from ``found`` on; return how many.

    The batch's checksum has been verified, so lengths can be trusted. Records before ``first_offset`` are left out.
    """
    for _ in range(count):
        length, start = read_varint(buffer, position)
        position = start + length
        # After one byte of attributes come the time and the offset, as differences from the batch's.
        _, at = read_varint(buffer, start + 1)
        delta, at = read_varint(buffer, at)
        key_length, at = read_varint(buffer, at)
        key_start = at
        value_length, at = read_varint(buffer, at + max(key_length, 0))
        if base_offset + delta < first_offset:
            continue
        places[found, 0] = base_offset + delta
        places[found, 1] = key_start
        places[found, 2] = key_length
        places[found, 3] = at
        places[found, 4] = at + max(value_length, 0)
        found += 1
    return found


def unpack(batches: Sequence[LogBatch]) -> Unpacked:
    """Take the records of batches apart; a null value is an empty message."""
    buffer = np.frombuffer(b"".join([batch.records for batch in batches]), np.uint8)
    places = np.empty((sum(batch.size for batch in batches), 5), np.int64)
    position = found = 0
    for batch in batches:
        found = find_records(buffer, position, batch.size, batch.base_offset, batch.first_offset, found, places)
        position += len(batch.records)
    offsets, key_starts, key_lengths, starts, ends = (np.ascontiguousarray(column) for column in places[:found].T)
    return Unpacked(Messages(buffer, starts, ends), offsets, key_starts, key_lengths)


def read_batches(raw: bytes, fetch_offset: int, *, check: bool) -> Iterator[tuple[int, LogBatch | None]]:
    """Yield what follows each complete batch in a fetched piece of log, and the batch; ``None`` for control batches.

    Raises ``CorruptRecordException`` where a checksum is wrong or a format unknown. The last batch may be cut off.
    """
    view = memoryview(raw)
    position = 0
    while position + HEADER.size <= len(view):
        _, length = LENGTH_AT.unpack_from(view, position)
        end = position + LENGTH_AT.size + length
        if end > len(view):
            return
        fields = HEADER.unpack_from(view, position)
        base_offset, format_version, checksum, attributes = fields[0], fields[3], fields[4], fields[5]
        if format_version != FORMAT:
            message = f"record batch of format {format_version} at offset {base_offset}; {FORMAT} is needed"
            raise CorruptRecordException(message)
        if check and calc_crc32c(view[position + CHECKED_FROM : end]) != checksum:
            message = f"checksum of the record batch at offset {base_offset} is wrong"
            raise CorruptRecordException(message)
        last = base_offset + fields[6]
        batch = None
        if not attributes & CONTROL_BIT and last >= fetch_offset:
            packed = view[position + HEADER.size : end]
            decode = DECODERS.get(attributes & CODEC_BITS, bytes)
            batch = LogBatch(
                base_offset,
                max(base_offset, fetch_offset),
                last,
                fields[8],
                attributes >> 3 & 1,
                fields[12],
                decode(packed),
            )
        yield last + 1, batch
        position = end


class FetchedRecords:
    """In place of aiokafka's ``MemoryRecords``: the same, and the bytes it was made of."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._records = MemoryRecords(raw)

    def size_in_bytes(self) -> int:
        """Return the number of bytes fetched."""
        size: int = self._records.size_in_bytes()
        return size

    def has_next(self) -> bool:
        """Return whether there is a whole batch left."""
        has_next: bool = self._records.has_next()
        return has_next

    def next_batch(self) -> Any:  # noqa: ANN401 - aiokafka's
        """Return the next batch, as aiokafka has it."""
        return self._records.next_batch()


class PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc] # aiokafka's class is untyped
    """In place of aiokafka's: yields ``LogBatch`` for raw topics, records for all others."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Any]:
        if self._tp.topic not in RAW_TOPICS:
            yield from super()._unpack_records()
            return
        for next_offset, batch in read_batches(self._records.raw, self.next_fetch_offset, check=self._check_crcs):
            self.next_fetch_offset = max(self.next_fetch_offset, next_offset)
            if batch is not None:
                yield batch


fetcher.MemoryRecords = FetchedRecords
fetcher.PartitionRecords = PartitionRecords

"""A Kafka record batch (format 2) around records that are already written, in the shape aiokafka's producer sends.

aiokafka's own builder takes one call per record; here only the header is left to write. The classes lean on three
methods that ``BatchBuilder`` keeps to itself, so the version is pinned and a test reads the batches back.
"""

import struct
from typing import Any, Final

import cramjam
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c

HEADER: Final = struct.Struct(">qiibIhiqqqhii")
"""Base offset, length, leader epoch, magic, CRC, attributes, last offset, times, producer, epoch, sequence, count."""
LENGTH_COUNTS_FROM: Final = 12
CRC_AT: Final = 17
CRC_COUNTS_FROM: Final = 21
MAGIC: Final = 2
NO_LEADER_EPOCH: Final = -1
LZ4: Final = 3
UNCOMPRESSED: Final = 0
COMPRESSION_LEVEL: Final = 1
"""Kafka's default is 9, which takes 15 times as long and saves little on binary records."""


def compress(records: bytes) -> bytes:
    """Return records as the LZ4 frame that brokers accept: independent blocks, no checksum of the content."""
    compressor = cramjam.lz4.Compressor(level=COMPRESSION_LEVEL, content_checksum=False, block_linked=False)
    compressor.compress(records)
    return bytes(compressor.finish())


class PackedBatch(BatchBuilder):  # type: ignore[misc]
    """A batch whose records are written; only what the broker needs to know of the producer is added."""

    def __init__(self, records: bytes, count: int, timestamp: int, *, compressed: bool) -> None:
        """Take ``count`` records without gaps in their offsets, all of one timestamp (ms), compressed or not."""
        self._records = records
        self._relative_offset = count
        self._timestamp = timestamp
        self._attributes = LZ4 if compressed else UNCOMPRESSED
        self._producer = (-1, -1, 0)
        self._buffer: bytearray | None = None
        self._closed = True

    def append(self, **_message: Any) -> None:  # noqa: ANN401 - the base class takes anything
        """Refuse: the batch is full."""

    def size(self) -> int:
        """Return the bytes of the batch."""
        return HEADER.size + len(self._records) if self._buffer is None else len(self._buffer)

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        """Take what makes the batch idempotent."""
        self._producer = (producer_id, producer_epoch, base_sequence)

    def _build(self) -> bytearray:
        """Return the batch as it goes over the wire; the same bytes again on a retry."""
        if self._buffer is None:
            buffer = bytearray(HEADER.size)
            buffer += self._records
            HEADER.pack_into(
                buffer,
                0,
                0,
                len(buffer) - LENGTH_COUNTS_FROM,
                NO_LEADER_EPOCH,
                MAGIC,
                0,
                self._attributes,
                self._relative_offset - 1,
                self._timestamp,
                self._timestamp,
                *self._producer,
                self._relative_offset,
            )
            struct.pack_into(">I", buffer, CRC_AT, calc_crc32c(memoryview(buffer)[CRC_COUNTS_FROM:]))
            self._buffer = buffer
            self._records = b""
        return self._buffer

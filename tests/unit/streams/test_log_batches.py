"""Record batches read in place hold exactly what aiokafka reads from them, record by record."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from streams.log_batches import LogBatch, read_batches, unpack

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
BASE = 1_000


class Item(NamedTuple):
    """A record to write."""

    key: bytes | None
    value: bytes | None


ITEMS = (
    Item(b"AAPL", b"first" * 30),
    Item(None, b""),
    Item(b"", b"third"),
    Item(b"BRK.B", None),
    Item(b"Z", b"\x00" * 300),
)


def log_of(items: Sequence[Item], base_offset: int = BASE, codec: int = NONE) -> bytes:
    """Return a batch as the broker keeps it, made by aiokafka."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for offset, (key, value) in enumerate(items):
        assert builder.append(offset, 1_700_000_000_000 + offset, key, value, [("header", b"kept out")])
    packed = bytearray(builder.build())
    packed[:8] = base_offset.to_bytes(8, "big")
    return bytes(packed)


def batches(raw: bytes, fetch_offset: int = 0) -> list[LogBatch]:
    """Return the batches of a piece of log."""
    return [batch for _, batch in read_batches(raw, fetch_offset, check=True) if batch is not None]


def as_aiokafka_reads(raw: bytes) -> list[tuple[int, bytes | None, bytes]]:
    """Return offset, key and value of each record; a null value as an empty one."""
    records = MemoryRecords(raw)
    found = []
    while records.has_next():
        batch = records.next_batch()
        assert isinstance(batch, DefaultRecordBatch)
        found += [(record.offset, record.key, record.value or b"") for record in batch]
    return found


def as_read_in_place(raw: bytes, fetch_offset: int = 0) -> list[tuple[int, bytes | None, bytes]]:
    """Return the same by ``unpack``."""
    records = unpack(batches(raw, fetch_offset))
    return [(int(offset), records.key(index), records.value(index)) for index, offset in enumerate(records.offsets)]


@pytest.mark.parametrize("codec", [NONE, GZIP, SNAPPY, LZ4, ZSTD])
def test_every_codec_reads_as_aiokafka_reads_it(codec: int) -> None:
    """Several batches, keys and values of all kinds, compressed or not: the same records."""
    raw = log_of(ITEMS, codec=codec) + log_of(ITEMS[::-1], BASE + len(ITEMS), codec)

    assert as_read_in_place(raw) == as_aiokafka_reads(raw)


def test_what_was_read_before_is_left_out() -> None:
    """A fetch from the middle of a batch gives the records from there on, and says where they begin."""
    raw = log_of(ITEMS)

    assert as_read_in_place(raw, BASE + 2) == as_aiokafka_reads(raw)[2:]
    assert batches(raw, BASE + 2)[0].first_offset == BASE + 2
    assert batches(raw, BASE + len(ITEMS)) == []


def test_the_last_batch_may_be_cut_off() -> None:
    """The broker sends as many bytes as were asked for: an incomplete batch at the end is left for the next fetch."""
    raw = log_of(ITEMS) + log_of(ITEMS, BASE + len(ITEMS))

    for cut in (1, 30, 61, 100):
        assert as_read_in_place(raw[: len(log_of(ITEMS)) + cut]) == as_aiokafka_reads(log_of(ITEMS))


def test_the_next_offset_is_told_for_each_batch() -> None:
    """What follows a batch is its last offset and one, whether or not it holds anything for us."""
    raw = log_of(ITEMS) + log_of(ITEMS, BASE + 50)

    assert [after for after, _ in read_batches(raw, BASE + 50, check=True)] == [BASE + 5, BASE + 55]


def test_a_control_batch_is_passed_over() -> None:
    """Markers of transactions are no records of ours."""
    raw = bytearray(log_of(ITEMS))
    raw[22] |= 0b10_0000

    assert list(read_batches(bytes(raw), 0, check=False)) == [(BASE + len(ITEMS), None)]


def test_a_damaged_batch_is_refused() -> None:
    """A flipped bit is noticed by the checksum, an unknown format by its number."""
    damaged = bytearray(log_of(ITEMS))
    damaged[-1] ^= 1
    older = bytearray(log_of(ITEMS))
    older[16] = 1

    with pytest.raises(CorruptRecordException, match=f"offset {BASE} is wrong"):
        batches(bytes(damaged))
    with pytest.raises(CorruptRecordException, match="format 1"):
        batches(bytes(older))


def test_no_batches_are_no_records() -> None:
    """Nothing fetched unpacks to nothing."""
    assert len(unpack([]).offsets) == 0
    assert unpack([]).values.buffer.dtype == np.uint8

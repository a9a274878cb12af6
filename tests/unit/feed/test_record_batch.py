"""Batches made here are read by aiokafka's own reader, with the producer's state in them."""

import numpy as np
import pytest
from aiokafka.record.default_records import DefaultRecordBatch

from streams.feed.packing import BATCH_BYTES, Packer
from streams.feed.record_batch import PackedBatch, compress


@pytest.mark.parametrize("lz4", [True, False])
def test_a_batch_reads_back(*, lz4: bool) -> None:
    """Keys, values, offsets, time, checksum and the producer's state are all there."""
    keys = [b"AAPL", b"", b"NA"]
    values = [b"one" * 300, b"clock", b""]
    (packed,) = Packer().messages(keys, values)
    batch = PackedBatch(compress(packed.records) if lz4 else packed.records, packed.number, 1234, compressed=lz4)
    batch._set_producer_state(77, 3, 41)
    buffer = bytes(batch._build())
    read = DefaultRecordBatch(buffer)

    assert read.validate_crc()
    assert (read.producer_id, read.producer_epoch, read.base_sequence) == (77, 3, 41)
    assert batch.size() == len(buffer)
    assert batch.record_count() == 3
    records = [(record.key, record.value, record.offset, record.timestamp) for record in read]
    assert records == [
        (b"AAPL", b"one" * 300, 0, 1234),
        (None, b"clock", 1, 1234),
        (b"NA", b"", 2, 1234),
    ]


def test_a_retry_sends_the_same_bytes() -> None:
    """The broker tells a repeated batch by its sequence: it must not change."""
    (packed,) = Packer().messages([b"A"], [b"x"])
    batch = PackedBatch(packed.records, packed.number, 1, compressed=False)

    assert batch._build() is batch._build()
    batch.append()
    assert batch.record_count() == 1


def test_long_messages_are_split_into_batches_and_a_huge_one_gets_its_own() -> None:
    """Nothing is lost at the edges of a batch."""
    rng = np.random.default_rng(5)
    sizes = [*rng.integers(0, 90_000, 40).tolist(), BATCH_BYTES + 1000, 3]
    values = [rng.bytes(int(size)) for size in sizes]
    read = []
    for packed in Packer().messages([b"k"] * len(values), values):
        batch = PackedBatch(packed.records, packed.number, 1, compressed=False)
        read += [record.value for record in DefaultRecordBatch(bytes(batch._build()))]

    assert read == values

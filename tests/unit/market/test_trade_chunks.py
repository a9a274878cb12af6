"""Chunks of the last trades: what changed, and putting it back."""

import numpy as np
import pytest

from streams.market.trade_chunks import (
    CHUNK_VERSION,
    HEADER,
    _loaded,
    give_back_chunks,
    is_chunk,
    put_all_chunks,
    put_chunk,
    put_chunks,
    take_chunks,
)
from tests.unit.market.builders import DAY, NEXT_DAY, SECOND, uncompiled
from tests.unit.market.trade_builders import TradeColumns, trade

ROW = np.zeros(1, np.int64)


def columns(count: int, start: int = DAY.open) -> TradeColumns:
    """Return columns with so many trades of A."""
    made = TradeColumns()
    made.fold(*(trade("A", start + index, 10.0, 1.0 + index) for index in range(count)))
    return made


def numbers(values: list[bytes]) -> list[int]:
    """Return the chunks' numbers."""
    return [int(np.frombuffer(value[: HEADER.itemsize], HEADER)["number"][0]) for value in values]


def test_keys() -> None:
    """A chunk's key is no ticker's and not that of anything else."""
    chunks = take_chunks(columns(40).partition, ROW)

    assert chunks.keys == [b"A\0\0", b"A\0\1"]
    assert all(map(is_chunk, chunks.keys))
    assert not any(map(is_chunk, (b"A", b"AB", b"ABC", b"\0progress", b"\0A")))


def test_only_what_changed_is_taken() -> None:
    """Full chunks once; the last one again while it fills up."""
    made = columns(40)
    assert numbers(take_chunks(made.partition, ROW).values) == [0, 1]
    made.fold(trade("A", DAY.open + SECOND))
    assert numbers(take_chunks(made.partition, ROW).values) == [1]
    made.fold(*(trade("A", DAY.open + SECOND) for _ in range(24)))
    assert numbers(take_chunks(made.partition, ROW).values) == [1, 2]


def test_a_failed_flush_is_taken_again() -> None:
    """What was given back is taken with what came since."""
    made = columns(40)
    chunks = take_chunks(made.partition, ROW)
    made.fold(*(trade("A", DAY.open + SECOND) for _ in range(40)))
    give_back_chunks(made.partition, chunks)

    assert numbers(take_chunks(made.partition, ROW).values) == [0, 1, 2]


def test_no_more_than_the_ring_holds_is_taken() -> None:
    """Of a busy ticker the newest 33 chunks, each slot once."""
    chunks = take_chunks(columns(3000).partition, ROW)

    assert numbers(chunks.values) == list(range(61, 94))
    assert sorted(key[-1] for key in chunks.keys) == list(range(33))


def test_chunks_come_back() -> None:
    """Into new columns, whichever comes first of rows and chunks; what they hold counts as written."""
    made = columns(1500)
    chunks = take_chunks(made.partition, ROW)
    other = TradeColumns(rows=1, items=1)
    other.partition = put_all_chunks(other.partition, [b"B\0\0", *chunks.keys], [chunks.values[0], *chunks.values])
    other.partition.rows[other.number("A")] = made.partition.rows[0]

    assert other.last("A").tobytes() == made.last("A").tobytes()
    assert take_chunks(other.partition, np.array([other.number("A")])).keys == [b"A" + bytes((0, 1499 // 32 % 33))]


def test_chunks_of_an_older_day_are_left_out() -> None:
    """Of two dates the newer's remain, whichever comes first."""
    old, new = take_chunks(columns(40).partition, ROW), take_chunks(columns(3, NEXT_DAY.open).partition, ROW)
    for order in ((old, new), (new, old)):
        made = columns(3, NEXT_DAY.open)
        empty = TradeColumns()
        for chunks in order:
            empty.partition = put_all_chunks(empty.partition, chunks.keys, chunks.values)
        empty.partition.rows[0] = made.partition.rows[0]

        assert empty.last("A").tobytes() == made.last("A").tobytes()
        assert empty.metrics("A", NEXT_DAY.open)["recent_trades"] == 3


def test_an_unknown_version_is_refused() -> None:
    """A newer program's chunks are not guessed at."""
    value = bytes((CHUNK_VERSION + 1,)) + take_chunks(columns(1).partition, ROW).values[0][1:]

    with pytest.raises(ValueError, match="version"):
        put_all_chunks(TradeColumns().partition, [b"A\0\0"], [value])


def test_uncompiled() -> None:
    """The functions say what is wanting: rows, or room for trades."""
    chunks = take_chunks(columns(40).partition, ROW)
    loaded = _loaded([b"A\0\0", b"A\0\1", b"B\0\0"], [*chunks.values, chunks.values[0]])
    crowded, full = TradeColumns(rows=1, items=16), TradeColumns(rows=1, items=200)

    assert uncompiled(put_chunks)(crowded.partition, loaded, 0) == (0, False)
    assert uncompiled(put_chunks)(full.partition, loaded, 0) == (2, True)
    assert uncompiled(put_chunks)(TradeColumns(rows=2, items=200).partition, loaded, 0) == (3, False)
    full.partition.rings[0]["day_start"] = NEXT_DAY.start
    assert uncompiled(put_chunk)(full.partition, 0, loaded, 0)
    assert full.partition.rings[0]["written"] == 40

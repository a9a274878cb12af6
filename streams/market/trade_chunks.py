"""The last trades of each ticker in the changelog: chunks of 32, under the ticker, a zero byte and a slot.

A chunk is written again while it fills up. The chunks of a flush are written before its rows: if a worker dies between
them, the trades that a row does not know are folded again and come to the same places. Its value is a version byte,
the chunk's number of the trading date and that date's 04:00 (little-endian 64-bit integers), and the trades as they are
in the pool (``print_ring.py``).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.partition import tickers_of
from streams.market.print_ring import CHUNK, ITEM, LARGEST, NONE, SLOTS, begin_ring, make_room
from streams.market.ticker_index import FULL, Bytes, Integers, find_or_add
from streams.market.trade_arrays import TradePartition
from streams.market.trade_partition import with_larger_pool, with_more_trade_rows

CHUNK_VERSION: Final = 1
HEADER: Final = np.dtype([("version", "u1"), ("number", "<i8"), ("day_start", "<i8")])
SLOT_BYTES: Final = 2
"""What follows the ticker in a key; no ticker has a zero byte."""


class Chunks(NamedTuple):
    """What changed since the last flush."""

    keys: list[bytes]
    values: list[bytes]
    rows: Integers
    written: Integers
    """What each of the rows had written before."""


class Loaded(NamedTuple):
    """Chunks as the changelog holds them, in its order, as columns."""

    text: Bytes
    """The tickers, end to end."""
    starts: Integers
    lengths: Integers
    numbers: Integers
    day_starts: Integers
    firsts: Integers
    """Where the chunk's trades begin in ``items``; one more, where the last chunk's end."""
    items: npt.NDArray[np.void]


def is_chunk(key: bytes) -> bool:
    """Return whether a key of the changelog is that of a chunk."""
    return len(key) > SLOT_BYTES and key[-SLOT_BYTES] == 0


def _chunks_of(partition: TradePartition, row: int, ticker: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return keys and values of a row's chunks that the changelog does not hold as they are."""
    ring, trades = partition.rings[row], int(partition.rows[row]["trades"])
    first = max(int(ring["written"]) // CHUNK, (trades - 1) // CHUNK - SLOTS + 1)
    keys, values = [], []
    for number in range(first, (trades - 1) // CHUNK + 1):
        place = int(ring["start"]) + number * CHUNK % LARGEST
        count = min(CHUNK, trades - number * CHUNK)
        head = np.array((CHUNK_VERSION, number, ring["day_start"]), HEADER).tobytes()
        keys.append(ticker + bytes((0, number % SLOTS)))
        values.append(head + partition.pool.items[place : place + count].tobytes())
    return keys, values


def take_chunks(partition: TradePartition, rows: Integers) -> Chunks:
    """Return the chunks of some rows that changed since they were last taken, and mark them as written."""
    chunks = Chunks([], [], rows, partition.rings["written"][rows])
    for row, ticker in zip(rows.tolist(), tickers_of(partition, rows).tolist(), strict=True):
        keys, values = _chunks_of(partition, row, ticker)
        chunks.keys.extend(keys)
        chunks.values.extend(values)
    partition.rings["written"][rows] = partition.rows["trades"][rows]
    return chunks


def give_back_chunks(partition: TradePartition, chunks: Chunks) -> None:
    """Take back that the changelog holds what ``take_chunks`` returned."""
    partition.rings["written"][chunks.rows] = np.minimum(partition.rings["written"][chunks.rows], chunks.written)


def _loaded(keys: Sequence[bytes], values: Sequence[bytes]) -> Loaded:
    """Return chunks as columns; raise ``ValueError`` for a version that is not known."""
    heads = np.frombuffer(b"".join([value[: HEADER.itemsize] for value in values]), HEADER)
    if unknown := set(heads["version"].tolist()) - {CHUNK_VERSION}:
        message = f"the changelog holds chunks of trades of version {unknown}; this program reads {CHUNK_VERSION}"
        raise ValueError(message)
    lengths = np.array([len(key) - SLOT_BYTES for key in keys], np.int64)
    counts = [(len(value) - HEADER.itemsize) // ITEM.itemsize for value in values]
    return Loaded(
        text=np.frombuffer(b"".join([key[:-SLOT_BYTES] for key in keys]), np.uint8),
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        numbers=heads["number"].astype(np.int64),
        day_starts=heads["day_start"].astype(np.int64),
        firsts=np.cumsum([0, *counts]),
        items=np.frombuffer(b"".join([value[HEADER.itemsize :] for value in values]), ITEM),
    )


@compiled_in_place
def put_chunk(partition: TradePartition, row: int, loaded: Loaded, chunk: int) -> bool:
    """Put the trades of a chunk back into their places; return ``False`` where the pool has no room for them.

    Chunks come in the changelog's order; of an earlier trading date than the ring's they are no longer of use.
    """
    ring = partition.rings[row]
    if loaded.day_starts[chunk] < ring.day_start:
        return True
    begin_ring(partition.pool, ring, loaded.day_starts[chunk])
    number = loaded.numbers[chunk] * CHUNK
    first, last = loaded.firsts[chunk], loaded.firsts[chunk + 1]
    end = number + last - first
    if not make_room(partition.pool, ring, end):
        return False
    for place in range(first, last):
        partition.pool.items[ring.start + (number + place - first) % ring.room] = loaded.items[place]
    ring.written = max(ring.written, end)
    ring.counted = NONE
    return True


@compiled_in_place
def put_chunks(partition: TradePartition, loaded: Loaded, done: int) -> tuple[int, bool]:
    """Put chunks back from number ``done`` on; return how many are done, and whether it is rows that are wanting."""
    for chunk in range(done, len(loaded.starts)):
        start, length = loaded.starts[chunk], loaded.lengths[chunk]
        row = find_or_add(partition.tickers, partition.slots, partition.used, loaded.text, start, length)
        if row == FULL:
            return chunk, True
        if not put_chunk(partition, row, loaded, chunk):
            return chunk, False
    return len(loaded.starts), False


def put_all_chunks(partition: TradePartition, keys: Sequence[bytes], values: Sequence[bytes]) -> TradePartition:
    """Put chunks back in the changelog's order, making room where needed; return the partition.

    Rows may come before or after them. Raises ``ValueError`` for chunks of a version that is not known.
    """
    loaded = _loaded(keys, values)
    done, wants_rows = put_chunks(partition, loaded, 0)
    while done < len(keys):
        partition = with_more_trade_rows(partition) if wants_rows else with_larger_pool(partition)
        done, wants_rows = put_chunks(partition, loaded, done)
    return partition

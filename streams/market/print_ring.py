"""The last trades of each ticker that carry volume, in the order in which they arrived: rings in one pool of items.

A ring has room for 16 trades and twice that each time it is full, up to ``LARGEST``, from where on it goes round; so a
thin ticker takes little. Trade number n of the trading date (``trades`` of the row, when it arrived) is at place n
modulo the ring's room. Rings that are given back wait in a list for each size.

The changelog holds the trades in chunks of 32 under the ticker and a slot. Of the last 1,000 trades the oldest may lie
in the 32nd chunk before the newest, so there are 33 slots, and a full ring has room for 33 chunks.
"""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place

KEPT: Final = 1000
"""Trades of a ticker that count among its last ones."""
CHUNK: Final = 32
SLOTS: Final = 33
SMALLEST: Final = 16
CLASSES: Final = 7
"""Sizes of rings: 16, 32, 64, 128, 256, 512 and ``LARGEST``."""
LARGEST: Final = CHUNK * SLOTS
NONE: Final = -1

ITEM: Final = np.dtype(
    (
        np.record,
        [
            ("price", "f8"),
            ("shares", "f8"),  # 0 where there is no trade
            ("after_start", "i4"),  # ms since 04:00 of the trading date; in a free ring the next free one
            ("exchange", "i2"),  # the vendor's id, -1 where it sent none
            ("sign", "i1"),  # which side began it, by the tick rule
            ("changes", "u1"),  # what it may change (``trade_conditions.py``)
        ],
    )
)
"""One trade; 24 bytes. No field has the name of an attribute that numpy's records have themselves."""

RING: Final = np.dtype(
    (
        np.record,
        [
            ("start", "i8"),  # first item in the pool
            ("room", "i8"),  # for trades; 0 where the row has no ring
            ("day_start", "i8"),  # 04:00 of the trading date of its trades
            ("written", "i8"),  # trades that the changelog holds
            ("counted", "i8"),  # trades at the time when the statistics below were made, NONE before
            ("count", "i8"),
            ("volume", "f8"),
            ("largest", "f8"),
            ("span_ms", "i8"),  # from the earliest to the latest
        ],
    )
)

Items: TypeAlias = npt.NDArray[np.void]
Rings: TypeAlias = npt.NDArray[np.void]
Ring: TypeAlias = np.record


class Pool(NamedTuple):
    """Items of all rings of a partition."""

    items: Items
    free: npt.NDArray[np.int64]
    """For each size the first free ring or ``NONE``; last, where the items begin that were never used."""


def new_pool(count: int) -> Pool:
    """Return a pool with room for ``count`` trades."""
    free = np.full(CLASSES + 1, NONE, np.int64)
    free[CLASSES] = 0
    return Pool(np.zeros(count, ITEM), free)


def larger_pool(pool: Pool) -> Pool:
    """Return the pool with half as much room again, and for one more ring of any size."""
    size = len(pool.items)
    items = np.zeros(size + size // 2 + LARGEST, ITEM)
    items[:size] = pool.items
    return pool._replace(items=items)


def empty_rings(count: int) -> Rings:
    """Return the rings of rows without trades."""
    rings = np.zeros(count, RING)
    rings["counted"] = NONE
    return rings


@compiled_in_place
def size_of(number: int) -> int:
    """Return the room in a ring of a size, by its number."""
    return LARGEST if number == CLASSES - 1 else SMALLEST << number


@compiled_in_place
def number_for(count: int) -> int:
    """Return the number of the smallest size with room for ``count`` trades, or of the largest."""
    for number in range(CLASSES - 1):
        if size_of(number) >= count:
            return number
    return CLASSES - 1


@compiled_in_place
def take(pool: Pool, number: int) -> int:
    """Return the first item of a ring of a size, blank and no longer free; ``NONE`` where the pool has no room."""
    size = size_of(number)
    start: int = pool.free[number]
    if start != NONE:
        pool.free[number] = pool.items[start].after_start
    elif pool.free[CLASSES] + size <= len(pool.items):
        start = pool.free[CLASSES]
        pool.free[CLASSES] += size
    else:
        return NONE
    for place in range(start, start + size):
        pool.items[place].shares = 0.0
    return start


@compiled_in_place
def give_back(pool: Pool, ring: Ring) -> None:
    """Free a row's ring."""
    if ring.room > 0:
        number = number_for(ring.room)
        pool.items[ring.start].after_start = pool.free[number]
        pool.free[number] = ring.start
        ring.room = 0


@compiled_in_place
def begin_ring(pool: Pool, ring: Ring, day_start: int) -> None:
    """Make the ring that of a trading date, without trades, unless it is."""
    if ring.day_start != day_start:
        give_back(pool, ring)
        ring.day_start = day_start
        ring.written = 0
        ring.counted = NONE


@compiled_in_place
def make_room(pool: Pool, ring: Ring, count: int) -> bool:
    """Let a ring have room for its trades up to number ``count - 1``; return ``False`` where the pool has none left."""
    if ring.room >= min(count, LARGEST):
        return True
    number = number_for(count)
    start = take(pool, number)
    if start == NONE:
        return False
    for place in range(ring.room):
        pool.items[start + place] = pool.items[ring.start + place]
    give_back(pool, ring)
    ring.start = start
    ring.room = size_of(number)
    return True


@compiled_in_place
def count_kept(pool: Pool, ring: Ring, trades: int) -> None:
    """Make the statistics of the last trades anew, where there were more since; ``trades`` is the row's number.

    A trade that is missing, as while a worker catches up with what it had written, is not counted.
    """
    if ring.counted == trades or ring.room == 0:
        return
    ring.counted = trades
    ring.count = 0
    ring.volume = ring.largest = 0.0
    first = last = np.int64(0)
    for number in range(max(0, trades - KEPT), trades):
        item = pool.items[ring.start + number % ring.room]
        if item.shares > 0.0:
            after_start = np.int64(item.after_start)
            first = after_start if ring.count == 0 else min(first, after_start)
            last = max(last, after_start)
            ring.count += 1
            ring.volume += item.shares
            ring.largest = max(ring.largest, item.shares)
    ring.span_ms = last - first


def last_trades(pool: Pool, ring: Ring, trades: int) -> Items:
    """Return a copy of the last trades, in the order in which they arrived; ``trades`` is the row's number."""
    size = max(int(ring["room"]), 1)
    places = int(ring["start"]) + np.arange(max(0, trades - KEPT), trades) % size
    items = pool.items[places]
    return items[items["shares"] > 0.0] if ring["room"] > 0 else items[:0]

"""The rings of the last trades: room that grows, goes round, and is used again."""

import numpy as np
import pytest

from streams.market.print_ring import (
    ITEM,
    LARGEST,
    NONE,
    Pool,
    Ring,
    begin_ring,
    count_kept,
    empty_rings,
    give_back,
    larger_pool,
    last_trades,
    make_room,
    new_pool,
    number_for,
    size_of,
    take,
)
from tests.unit.market.builders import uncompiled


def push(pool: Pool, ring: Ring, number: int) -> None:
    """Put trade ``number``, of that size in shares plus one, into a ring."""
    assert uncompiled(make_room)(pool, ring, number + 1)
    place = int(ring["start"]) + number % int(ring["room"])
    pool.items[place] = (10.0, number + 1.0, 1000 * (number % 7), -1, 0, 7)


def test_an_item_is_small() -> None:
    """24 bytes."""
    assert ITEM.itemsize == 24


@pytest.mark.parametrize(("count", "size"), [(0, 16), (16, 16), (17, 32), (512, 512), (513, LARGEST), (9999, LARGEST)])
def test_sizes(count: int, size: int) -> None:
    """The smallest ring with the room, or the largest there is."""
    assert uncompiled(size_of)(uncompiled(number_for)(count)) == size


def test_a_ring_grows_and_goes_round() -> None:
    """It keeps every trade while it grows, and then the newest."""
    pool, ring = new_pool(4 * LARGEST), empty_rings(1)[0]
    for number in range(2500):
        push(pool, ring, number)
        if number in {15, 16, 600, 999, 1000, 1055, 1056, 2499}:
            first = max(0, number - 999)
            assert last_trades(pool, ring, number + 1)["shares"].tolist() == list(range(first + 1, number + 2))

    assert ring["room"] == LARGEST


def test_room_is_used_again() -> None:
    """What a ring outgrew, and what a new day gives back, serves the next ring of that size, and is blank."""
    pool, rings = new_pool(48), empty_rings(2)
    for number in range(17):
        push(pool, rings[0], number)
    push(pool, rings[1], 0)

    assert (rings[0]["start"], rings[1]["start"]) == (16, 0)
    assert pool.items["shares"][:16].tolist() == [1.0] + [0.0] * 15
    uncompiled(give_back)(pool, rings[0])
    uncompiled(give_back)(pool, rings[0])
    assert uncompiled(take)(pool, 1) == 16
    assert uncompiled(take)(pool, 1) == NONE


def test_without_room_nothing_changes() -> None:
    """A ring that cannot grow is as it was, and grows once there is room."""
    pool, ring = new_pool(16), empty_rings(1)[0]
    for number in range(16):
        push(pool, ring, number)
    before = ring.copy()

    assert not uncompiled(make_room)(pool, ring, 17)
    assert ring == before
    pool = larger_pool(pool)
    push(pool, ring, 16)
    assert last_trades(pool, ring, 17)["shares"].tolist() == list(range(1, 18))


def test_a_new_day_begins_a_new_ring() -> None:
    """The trades of the day before are gone; the same day again changes nothing."""
    pool, ring = new_pool(LARGEST), empty_rings(1)[0]
    uncompiled(begin_ring)(pool, ring, 5)
    push(pool, ring, 0)
    ring["written"] = 1
    uncompiled(begin_ring)(pool, ring, 5)
    assert (ring["room"], ring["written"]) == (16, 1)
    uncompiled(begin_ring)(pool, ring, 6)

    assert (ring["room"], ring["written"], ring["day_start"]) == (0, 0, 6)
    assert len(last_trades(pool, ring, 0)) == 0


def test_statistics() -> None:
    """Count, volume, largest and span are of the last 1,000, made anew where there were more trades since."""
    pool, ring = new_pool(4 * LARGEST), empty_rings(1)[0]
    uncompiled(count_kept)(pool, ring, 0)
    assert ring["counted"] == NONE
    for number in range(1200):
        push(pool, ring, number)
    uncompiled(count_kept)(pool, ring, 1200)

    sizes = range(201, 1201)
    assert (ring["count"], ring["volume"], ring["largest"], ring["span_ms"]) == (1000, sum(sizes), 1200, 6000)
    pool.items["shares"] = 1.0
    uncompiled(count_kept)(pool, ring, 1200)
    assert ring["volume"] == sum(sizes)


def test_missing_trades_do_not_count() -> None:
    """Places that nothing was put into are none of the last trades."""
    pool, ring = new_pool(LARGEST), empty_rings(1)[0]
    push(pool, ring, 5)
    push(pool, ring, 6)
    uncompiled(count_kept)(pool, ring, 7)

    assert (ring["count"], ring["volume"], ring["span_ms"]) == (2, 13.0, 1000)
    assert last_trades(pool, ring, 7)["shares"].tolist() == [6.0, 7.0]
    assert np.all(last_trades(pool, ring, 7)["exchange"] == -1)

"""The ring of a ticker's last 64 seconds."""

import math

import numpy as np
import pytest

from streams.market.trade_buckets import (
    BUCKET,
    HEAD,
    SECONDS,
    WINDOW_MS,
    add_volume,
    advance,
    bucket_of,
    clear,
    move_out,
    price_at,
    second_of,
    set_price,
    window_start,
)
from streams.market.trade_state import begin_trade_day, empty_trade_rows
from tests.unit.market.builders import SECOND, uncompiled

FIRST = 1_000_000
"""Some second."""


class Ring:
    """A row with a ring."""

    def __init__(self) -> None:
        """Begin without trades, in memory that was used before."""
        self.state = empty_trade_rows(1)[0]
        uncompiled(begin_trade_day)(self.state, 5)
        self.head = np.zeros(1, HEAD)[0]
        self.buckets = np.zeros((2, SECONDS), BUCKET)
        self.buckets[1] = np.ones(1, BUCKET)[0]
        uncompiled(clear)(self.head, self.buckets, 1)

    def tick(self, second: int, price: float) -> None:
        """Take a tick in the middle of a second of the ring."""
        time = (FIRST + second) * SECOND - 500
        bucket = uncompiled(bucket_of)(self.state, self.head, self.buckets, 1, FIRST + second)
        for ticks in (bucket, self.state):
            uncompiled(set_price)(ticks, price, time, 1)

    def price(self, second: int) -> float:
        """Return the price that stood at the end of a second."""
        return float(uncompiled(price_at)(self.state, self.head, self.buckets, 1, FIRST + second))


@pytest.mark.parametrize(("time", "second"), [(1, 1), (999, 1), (1000, 1), (1001, 2), (0, 0)])
def test_a_second_ends_with_its_own_time(time: int, second: int) -> None:
    """A trade at 09:30:00.000 belongs to the second before; one a millisecond later does not."""
    assert uncompiled(second_of)(time) == second


def test_the_window_moves_by_the_second() -> None:
    """It starts three rings before the clock's second."""
    assert uncompiled(window_start)(500_999) == 500_000 - WINDOW_MS
    assert WINDOW_MS == 192_000


def test_a_ring_begins_blank() -> None:
    """Whatever stood in the memory: the first trade of a second finds an empty bucket."""
    ring = Ring()
    bucket = uncompiled(bucket_of)(ring.state, ring.head, ring.buckets, 1, FIRST)

    assert bucket.item()[:6] == (FIRST, 0, 0.0, 0.0, 0.0, 0.0)
    assert math.isnan(bucket["price"])
    assert (bucket["price_time"], bucket["sign"], ring.head["newest"]) == (0, 0, FIRST)
    assert ring.state["older_time"] == 0


def test_volume_is_added_by_side() -> None:
    """What has no side counts in the volume alone."""
    ring = Ring()
    bucket = uncompiled(bucket_of)(ring.state, ring.head, ring.buckets, 1, FIRST)
    for size, sign in ((10.0, 1), (20.0, -1), (5.0, 0)):
        uncompiled(add_volume)(bucket, size, sign)

    assert bucket.item()[1:6] == (3, 35.0, 10.0, 20.0, 20.0)


def test_the_price_that_stood_at_a_second() -> None:
    """That of the newest tick up to it, in the ring or out of it; none before the first."""
    ring = Ring()
    ring.tick(0, 10.0)
    ring.tick(3, 11.0)
    ring.tick(3, 12.0)
    ring.tick(50, 13.0)

    assert [ring.price(second) for second in (0, 1, 2, 3, 49, 50, 60)] == [10, 10, 10, 12, 12, 13, 13]
    assert math.isnan(ring.price(-1))


def test_what_falls_out_of_the_ring_leaves_its_newest_tick() -> None:
    """The ring holds 64 seconds; the price before them is still known."""
    ring = Ring()
    ring.tick(0, 10.0)
    ring.tick(1, 11.0)
    ring.tick(64, 12.0)
    assert (ring.state["older_price"], ring.state["older_time"]) == (10.0, FIRST * SECOND - 500)
    assert (ring.price(0), ring.price(1)) == (10.0, 11.0)
    ring.tick(65, 13.0)

    assert (ring.state["older_price"], ring.price(5)) == (11.0, 11.0)
    assert math.isnan(ring.price(0))


def test_a_long_pause_empties_the_ring() -> None:
    """The newest tick of all is then the one before the ring, whether or not the ring held it."""
    ring = Ring()
    ring.tick(0, 10.0)
    uncompiled(clear)(ring.head, ring.buckets, 1)
    ring.tick(64, 11.0)

    assert ring.state["older_price"] == 10.0
    assert np.count_nonzero(ring.buckets[1]["second"]) == 1


def test_an_older_second_moves_nothing_out() -> None:
    """A late trade's second, empty or not, is a bucket of the ring as it is."""
    ring = Ring()
    ring.tick(63, 10.0)
    uncompiled(advance)(ring.state, ring.head, ring.buckets, 1, FIRST)
    late = uncompiled(bucket_of)(ring.state, ring.head, ring.buckets, 1, FIRST)

    assert (late["second"], late["count"], ring.head["newest"]) == (FIRST, 0, FIRST + 63)
    assert ring.state["older_time"] == 0


def test_a_tick_outside_the_ring_can_be_newer_than_those_in_it() -> None:
    """It is the price before the seconds that follow it; of two at one time, the later one that came."""
    ring = Ring()
    ring.tick(0, 10.0)
    time = (FIRST + 2) * SECOND
    for price, moment in ((11.0, time), (12.0, time), (13.0, time - 1)):
        uncompiled(move_out)(ring.state, price, moment, 1)
    uncompiled(set_price)(ring.state, 14.0, time + 60 * SECOND, 1)

    assert ring.state["older_price"] == 12.0
    assert (ring.price(1), ring.price(2)) == (10.0, 12.0)


def test_nothing_is_moved_out_where_there_was_no_tick() -> None:
    """A time of 0 is none."""
    ring = Ring()
    uncompiled(move_out)(ring.state, 11.0, 0, 1)

    assert math.isnan(ring.state["older_price"])

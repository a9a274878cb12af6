"""Events "running up" and "running down": a fast stepwise move in one direction, over 20 and over 60 seconds.

How fast is fast: against the usual move of a minute (``momentum.py``), 2 over 60 seconds. The range of a day is about
1.6 standard deviations of a random walk's day, so that is a move of 3.2 of them within a minute. Over 20 seconds a
random walk's momentum varies by the square root of 3 more, so 3.5 is as rare there. And at least three quarters of the
steps from one second's last price to the next one's go the move's way, three steps at least: a single block trade, or
a price that bounces between bid and ask, is no run. An event is made by a tick of the ticker's newest second, at most
one a minute for each ticker, direction and length.
"""

from typing import Final

from schemas.compiled import compiled_in_place
from streams.market.events import RUNNING_DOWN, RUNNING_UP, add_event
from streams.market.momentum import momentum, running
from streams.market.trade_arrays import TradePartition
from streams.market.trade_buckets import SECONDS, Buckets, price_at
from streams.market.trade_state import TradeRow

LENGTHS: Final = (20, 60)
"""Seconds."""
THRESHOLDS: Final = (3.5, 2.0)
"""In usual moves of a minute."""
LEAST_STEPS: Final = 3
LEAST_SHARE: Final = 0.75
"""Of the steps, those that go the move's way."""
COOLDOWN_MS: Final = 60_000


@compiled_in_place
def is_stepwise(buckets: Buckets, row: int, second: int, length: int, level: float, sign: int) -> bool:
    """Return whether the last prices of the seconds up to ``second``, from ``level`` on, go the way of ``sign``."""
    steps = along = 0
    for passed in range(second - length + 1, second + 1):
        bucket = buckets[row, passed % SECONDS]
        if bucket.second != passed or bucket.price_time == 0 or bucket.price == level:
            continue
        steps += 1
        along += (bucket.price - level) * sign > 0.0
        level = bucket.price
    return steps >= LEAST_STEPS and along >= LEAST_SHARE * steps


@compiled_in_place
def has_cooled(state: TradeRow, variant: int, time: int) -> bool:
    """Return whether the last event of a variant is a minute ago, or there was none."""
    return bool(time - state.running_time[variant] >= COOLDOWN_MS)


@compiled_in_place
def add_running(partition: TradePartition, row: int, time: int, session: int, variant: int) -> None:
    """Add an event of a variant, its kind's own figures left blank."""
    state = partition.rows[row]
    state.running_time[variant] = time
    state.running_count[variant] += 1
    kind = RUNNING_UP if variant % 2 == 0 else RUNNING_DOWN
    event = add_event(partition.log.events, partition.log.used, kind, row, time, state.price)
    event.count = state.running_count[variant]
    event.session = session
    event.first_level = LENGTHS[variant // 2]


@compiled_in_place
def find_running(partition: TradePartition, row: int, second: int, session: int, atr: float) -> None:
    """Add the events that the row's newest tick makes; there must be room for two.

    Of an event, ``level`` is the price before the move, ``value`` the move in usual moves of a minute, ``first_level``
    its length in seconds and ``second_level`` the momentum in dollars per minute.
    """
    state = partition.rows[row]
    if not atr > 0.0:
        return
    for index in range(len(LENGTHS)):
        length = LENGTHS[index]
        level = price_at(state, partition.heads[row], partition.buckets, row, second - length)
        speed = momentum(state.price, level, length)
        value = running(speed, atr)
        sign = 1 if value > 0.0 else -1
        variant = 2 * index + (sign < 0)
        if (
            value * sign >= THRESHOLDS[index]
            and has_cooled(state, variant, state.price_time)
            and is_stepwise(partition.buckets, row, second, length, level, sign)
        ):
            add_running(partition, row, state.price_time, session, variant)
            event = partition.log.events[partition.log.used[0] - 1]
            event.level = level
            event.value = value
            event.second_level = speed

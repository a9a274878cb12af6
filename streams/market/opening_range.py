"""Breakouts of the opening range: the first bar outside the range of the first 1, 5, 15 or 30 minutes."""

from typing import Final

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.bars import Bar
from streams.market.events import OPENING_RANGE_DOWN, OPENING_RANGE_UP, EventLog, add_event
from streams.market.symbol_state import Row
from streams.market.totals import MINUTE_MS, OPENING_MINUTES, REGULAR

BELOW_BITS: Final = 16
"""Bit of the first range left downwards."""


@compiled_in_place
def find_breakouts(log: EventLog, number: int, row: Row, bar: Bar, opens: int) -> None:
    """Note which opening ranges a regular bar is the first to leave; those shorter than the bar are not looked at."""
    time = bar.start_time + bar.interval_ms
    high, low = -np.inf, np.inf
    for part in range(4):
        minutes = OPENING_MINUTES[part]
        high = max(high, row.opening_high[part])
        low = min(low, row.opening_low[part])
        length = minutes * MINUTE_MS
        if bar.start_time < opens + length:
            return
        if length % bar.interval_ms != 0 or high < low:
            continue
        if bar.high > high and not row.opening_broken & (1 << part):
            row.opening_broken |= 1 << part
            event = add_event(log.events, log.used, OPENING_RANGE_UP, number, time, bar.high)
            event.level = high
            event.value = minutes
            event.session = REGULAR
        if bar.low < low and not row.opening_broken & (BELOW_BITS << part):
            row.opening_broken |= BELOW_BITS << part
            event = add_event(log.events, log.used, OPENING_RANGE_DOWN, number, time, bar.low)
            event.level = low
            event.value = minutes
            event.session = REGULAR

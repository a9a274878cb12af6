"""What a ticker traded in the last 60 seconds: count, volume, sizes, and who began it."""

from typing import Final, NamedTuple

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.trade_buckets import SECONDS, Buckets, Head

MINUTE: Final = 60
"""Length of the window, seconds."""


class Window(NamedTuple):
    """Sums over the trades that carry volume; sizes in shares."""

    trades: int
    volume: float
    largest: float
    bought: float
    """Of those that are ticks, by the tick rule (``tick_rule.py``)."""
    sold: float


@compiled_in_place
def window_at(head: Head, buckets: Buckets, row: int, second: int) -> Window:
    """Return what was traded in the minute that ends with a second."""
    count = 0
    volume = largest = bought = sold = 0.0
    for passed in range(second - MINUTE + 1, min(second, head.newest) + 1):
        bucket = buckets[row, passed % SECONDS]
        if bucket.second == passed:
            count += bucket.count
            volume += bucket.volume
            largest = max(largest, bucket.largest)
            bought += bucket.bought
            sold += bucket.sold
    return Window(count, volume, largest, bought, sold)


@compiled_in_place
def trades_per_second(window: Window) -> float:
    """Return the mean number of trades in a second."""
    return window.trades / MINUTE


@compiled_in_place
def mean_size(window: Window) -> float:
    """Return the mean size of a trade in shares; NaN without one."""
    return window.volume / window.trades if window.trades > 0 else np.nan


@compiled_in_place
def largest_size(window: Window) -> float:
    """Return the size of the largest trade in shares; NaN without one."""
    return window.largest if window.trades > 0 else np.nan


@compiled_in_place
def buy_pressure(window: Window) -> float:
    """Return (bought - sold) / (bought + sold) x 100; NaN where no trade has a side."""
    signed = window.bought + window.sold
    return (window.bought - window.sold) / signed * 100.0 if signed > 0.0 else np.nan

"""The state of a ticker's trades: one row of a structured array, declared field by field here and nowhere else.

A row is what the changelog holds: all that folding needs, but for the last seconds (``trade_buckets.py``), which are
read again from the log, and the last trades (``print_ring.py``), which the changelog holds by themselves. Fields are 8
bytes wide; prices are in dollars, sizes in shares, times in ms since the epoch (UTC). A "tick" is a trade that may set
the last price and is not older than the one that set it. "None yet" is NaN, or the time 0.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place

TRADE_VERSION: Final = 1
"""Of the dtype below; the changelog's records name it."""
VARIANTS: Final = 4
"""Kinds of running: up and down, over 20 s and over 60 s."""

TRADE_ROW: Final = np.dtype(
    (
        np.record,
        [
            ("source", "i8"),  # the topic (by the broker's id) that the row was folded from
            ("offset", "i8"),  # of the last record of ``trades`` applied to this row; -1 before the first
            ("day_start", "i8"),  # 04:00 of the trading date that the rest of the row is about; 0 before the first
            ("trades", "i8"),  # that carry volume; the number of the next one in the ring of the last trades
            ("volume", "f8"),  # their sizes, summed
            ("value", "f8"),  # price x size, summed
            ("largest_size", "f8"),  # of the largest of them, of equal ones the earliest
            ("largest_price", "f8"),
            ("largest_time", "i8"),
            ("price", "f8"),  # of the newest tick
            ("price_time", "i8"),
            ("sign", "i8"),  # which side began it, by the tick rule
            ("older_price", "f8"),  # the newest tick that is in none of the ticker's last 64 seconds
            ("older_time", "i8"),
            ("older_sign", "i8"),
            ("running_time", "i8", (VARIANTS,)),  # of the newest event of each variant
            ("running_count", "i8", (VARIANTS,)),  # how many there were today
        ],
    )
)

TradeRows: TypeAlias = npt.NDArray[np.void]
TradeRow: TypeAlias = np.record
"""One row of ``TRADE_ROW``; compiled functions take it by reference."""


def empty_trade_rows(count: int) -> TradeRows:
    """Return rows that nothing was applied to."""
    rows = np.zeros(count, TRADE_ROW)
    rows["offset"] = -1
    return rows


@compiled_in_place
def begin_trade_day(row: TradeRow, day_start: int) -> None:
    """Make the row that of a ticker without a trade on the trading date that starts at ``day_start``."""
    row.day_start = day_start
    row.trades = 0
    row.volume = row.value = row.largest_size = 0.0
    row.largest_price = row.price = row.older_price = np.nan
    row.largest_time = row.price_time = row.older_time = 0
    row.sign = row.older_sign = 0
    for variant in range(VARIANTS):
        row.running_time[variant] = row.running_count[variant] = 0


@compiled_in_place
def add_to_day(row: TradeRow, price: float, size: float, time: int) -> None:
    """Count a trade that carries volume: sums, and the day's largest print."""
    row.trades += 1
    row.volume += size
    row.value += price * size
    if size > row.largest_size or (size == row.largest_size and time < row.largest_time):
        row.largest_size = size
        row.largest_price = price
        row.largest_time = time

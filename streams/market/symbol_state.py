"""The state of a ticker: one row of a structured array, declared field by field here and nowhere else.

A row is what the changelog holds: all that folding needs, but for the bars of the last minutes (``corrections.py``),
which are read again from the log. Fields are 8 bytes wide; prices are in dollars, volumes in shares, times in ms since
the epoch (UTC). "None yet" is NaN, for extremes an infinity that any price beats.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place

NEVER: Final = np.iinfo(np.int64).max
"""A time that every bar is earlier than."""
VERSION: Final = 1
"""Of the dtype below; the changelog's records name it, and older rows are migrated field by field."""

PRE_MARKET, REGULAR, POST_MARKET = range(3)
"""The sessions in which bars can start, as the index of their extremes."""

ROW: Final = np.dtype(
    (
        np.record,
        [
            ("source", "i8"),  # the topic (by the broker's id) and length of bar that the row was folded from
            ("offset", "i8"),  # of the last record of ``aggregates`` applied to this row; -1 before the first
            ("day_start", "i8"),  # 04:00 of the trading date that the rest of the row is about; 0 before the first bar
            ("bars", "i8"),  # distinct bars counted
            ("volume", "f8"),  # their volumes, summed
            ("value", "f8"),  # close x volume, summed
            ("price", "f8"),  # close of the newest bar
            ("price_time", "i8"),  # end of that bar
            ("open", "f8"),  # open of the first regular bar
            ("open_time", "i8"),  # start of that bar
            ("premarket_open", "f8"),  # open of the first pre-market bar
            ("premarket_open_time", "i8"),  # start of that bar
            ("premarket_close", "f8"),  # close of the last pre-market bar
            ("premarket_close_time", "i8"),  # start of that bar
            ("high", "f8", (3,)),  # highest high by session
            ("low", "f8", (3,)),  # lowest low by session
            ("vendor_day_volume", "f8"),  # the vendor's own figures, each of the newest bar that has it
            ("vendor_day_volume_time", "i8"),
            ("vendor_open", "f8"),
            ("vendor_open_time", "i8"),
            ("vendor_vwap", "f8"),
            ("vendor_vwap_time", "i8"),
            ("settled_volume", "f8"),  # what the bars too old to be corrected contribute to the sums and extremes above
            ("settled_value", "f8"),
            ("settled_high", "f8", (3,)),
            ("settled_low", "f8", (3,)),
            ("settled_until", "i8"),  # bars that ended at or before this have settled
        ],
    )
)

Rows: TypeAlias = npt.NDArray[np.void]
Row: TypeAlias = np.record
"""One row of ``ROW``; compiled functions take it by reference."""


def empty_rows(count: int) -> Rows:
    """Return rows that nothing was applied to."""
    rows = np.zeros(count, ROW)
    rows["offset"] = -1
    return rows


@compiled_in_place
def begin_day(row: Row, day_start: int) -> None:
    """Make the row that of a ticker without a bar on the trading date that starts at ``day_start``."""
    row.day_start = day_start
    row.bars = 0
    row.volume = row.value = row.settled_volume = row.settled_value = 0.0
    row.price = row.open = row.premarket_open = row.premarket_close = np.nan
    row.price_time = row.premarket_close_time = row.settled_until = 0
    row.open_time = row.premarket_open_time = NEVER
    row.vendor_day_volume = row.vendor_open = row.vendor_vwap = np.nan
    row.vendor_day_volume_time = row.vendor_open_time = row.vendor_vwap_time = 0
    for session in range(3):
        row.high[session] = row.settled_high[session] = -np.inf
        row.low[session] = row.settled_low[session] = np.inf

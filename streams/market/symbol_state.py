"""The state of a ticker: one row of a structured array, declared field by field here and nowhere else.

A row is what the changelog holds: all that folding needs, but for the bars of the last minutes (``corrections.py``),
which are read again from the log. Fields are 8 bytes wide; prices are in dollars, volumes in shares, times in ms since
the epoch (UTC). "None yet" is NaN, for extremes an infinity that any price beats.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.totals import NEVER, TOTALS, TOTALS_FIELDS, clear

VERSION: Final = 2
"""Of the dtype below; the changelog's records name it, and older rows are migrated (``older_rows.py``)."""

NO_SIDE, BELOW, ABOVE = range(3)
"""On which side of a level the price was last."""
BAR_KINDS: Final = 9
"""Kinds of events that bars make: the first ones of ``events.KINDS``."""

ROW: Final = np.dtype(
    (
        np.record,
        [
            ("source", "i8"),  # the topic (by the broker's id) and length of bar that the row was folded from
            ("offset", "i8"),  # of the last record of ``aggregates`` applied to this row; -1 before the first
            ("day_start", "i8"),  # 04:00 of the trading date that the rest of the row is about; 0 before the first bar
            ("bars", "i8"),  # distinct bars counted
            *TOTALS_FIELDS,  # of all of them
            ("price", "f8"),  # close of the newest bar
            ("price_time", "i8"),  # end of that bar
            ("open", "f8"),  # open of the first regular bar
            ("open_time", "i8"),  # start of that bar
            ("premarket_open", "f8"),  # open of the first pre-market bar
            ("premarket_open_time", "i8"),  # start of that bar
            ("premarket_close", "f8"),  # close of the last pre-market bar
            ("premarket_close_time", "i8"),  # start of that bar
            ("regular_close", "f8"),  # close of the last regular bar
            ("regular_close_time", "i8"),  # start of that bar
            ("vendor_day_volume", "f8"),  # the vendor's own figures, each of the newest bar that has it
            ("vendor_day_volume_time", "i8"),
            ("vendor_open", "f8"),
            ("vendor_open_time", "i8"),
            ("vendor_vwap", "f8"),
            ("vendor_vwap_time", "i8"),
            ("settled", TOTALS),  # of the bars too old to be corrected, which the totals above include
            ("settled_price", "f8"),  # close of the newest of those bars
            ("settled_until", "i8"),  # bars that ended at or before this have settled
            ("high_breaks", "i8", (3,)),  # times that a bar was above its session's high so far
            ("low_breaks", "i8", (3,)),
            ("alerted", "i8", (BAR_KINDS,)),  # end of the bar of the last event of each kind
            ("alerted_high", "f8"),  # price of the last event of a new high
            ("alerted_low", "f8"),
            ("vwap_side", "i8"),  # of the newest bar's close
            ("close_side", "i8"),  # likewise, of the previous close
            ("spiking", "i8"),  # 1 while the last five minutes' volume is far above the usual
            ("looked", "i8"),  # end of the newest bar when the boards were last looked at (``grid.py``)
            ("boards", "i8"),  # bits of the boards that it was on then
            ("opening_broken", "i8"),  # bits of the opening ranges left: 1 << range above, 16 << range below
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
    clear(row)
    clear(row.settled)
    row.price = row.open = row.premarket_open = row.premarket_close = row.regular_close = row.settled_price = np.nan
    row.price_time = row.premarket_close_time = row.regular_close_time = row.settled_until = 0
    row.open_time = row.premarket_open_time = NEVER
    row.vendor_day_volume = row.vendor_open = row.vendor_vwap = np.nan
    row.vendor_day_volume_time = row.vendor_open_time = row.vendor_vwap_time = 0
    for session in range(3):
        row.high_breaks[session] = row.low_breaks[session] = 0
    for kind in range(BAR_KINDS):
        row.alerted[kind] = 0
    row.alerted_high = row.alerted_low = np.nan
    row.vwap_side = row.close_side = NO_SIDE
    row.spiking = row.opening_broken = row.looked = row.boards = 0

"""What is known of a ticker's newest quote: one row of a structured array.

A row is what the changelog holds: all that folding ``quotes`` needs. Fields are 8 bytes wide; prices are in dollars,
times in ms since the epoch (UTC). "None" is NaN for prices and sizes, 0 for times.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

QUOTE_VERSION: Final = 1
"""Of the dtype below; the changelog's records name it."""

QUOTE_ROW: Final = np.dtype(
    (
        np.record,
        [
            ("source", "i8"),  # the topic (by the broker's id) that the row was folded from
            ("offset", "i8"),  # of the quote that the row holds; -1 before the first
            ("day_start", "i8"),  # 04:00 of the quote's trading date; 0 before the first
            ("quote_time", "i8"),  # of the newest quote; of several with the same time the log's last one counts
            ("bid", "f8"),  # best bid
            ("bid_size", "f8"),  # as sent
            ("ask", "f8"),  # best offer
            ("ask_size", "f8"),  # as sent
        ],
    )
)

QuoteRows: TypeAlias = npt.NDArray[np.void]
QuoteRow: TypeAlias = np.record
"""One row of ``QUOTE_ROW``; compiled functions take it by reference."""


def empty_quote_rows(count: int) -> QuoteRows:
    """Return rows that nothing was applied to."""
    rows = np.zeros(count, QUOTE_ROW)
    rows["offset"] = -1
    for name in ("bid", "bid_size", "ask", "ask_size"):
        rows[name] = np.nan
    return rows

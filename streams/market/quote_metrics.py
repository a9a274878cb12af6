"""A row of quotes to metrics (``schemas/quote_metrics.py``)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.quote_state import QuoteRow

QUOTE_COLUMNS: Final = ("bid", "ask", "spread", "spread_bps")
BASIS_POINTS: Final = 10_000


@compiled_in_place
def spread_of(bid: float, ask: float) -> float:
    """Return ask - bid in dollars, as it is: 0 in a locked market, below 0 in a crossed one, NaN of one side alone."""
    return ask - bid


@compiled_in_place
def spread_bps_of(bid: float, ask: float) -> float:
    """Return the spread in basis points of the mid; NaN of one side alone, or where the mid is not above 0."""
    mid = (bid + ask) / 2.0
    return spread_of(bid, ask) / mid * BASIS_POINTS if mid > 0.0 else np.nan


@compiled_in_place
def write_quote_metrics(row: QuoteRow, day_start: int, line: npt.NDArray[np.float64]) -> None:
    """Write a row's metrics in the order of ``QUOTE_COLUMNS``; NaN where undefined.

    A quote counts on the trading date that starts at ``day_start`` (ms since the epoch) only if it is of that date:
    what was quoted yesterday cannot be traded on.
    """
    line[:] = np.nan
    if row.day_start == day_start:
        line[0] = row.bid
        line[1] = row.ask
        line[2] = spread_of(row.bid, row.ask)
        line[3] = spread_bps_of(row.bid, row.ask)

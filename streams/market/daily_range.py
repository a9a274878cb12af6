"""Highs and lows of the three sessions, from the bars that start in them."""

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.symbol_state import Row
from streams.market.totals import NEVER, POST_MARKET, PRE_MARKET, REGULAR


@compiled_in_place
def session_high(row: Row, session: int) -> float:
    """Return the highest high of a session in dollars; NaN where it has no bar."""
    return row.high[session] if row.high[session] > -np.inf else np.nan


@compiled_in_place
def session_low(row: Row, session: int) -> float:
    """Return the lowest low of a session in dollars; NaN where it has no bar."""
    return row.low[session] if row.low[session] < np.inf else np.nan


@compiled_in_place
def day_high(row: Row) -> float:
    """Return the highest high of the day in dollars; the row has a bar."""
    highest: float = max(row.high[0], row.high[1], row.high[2])
    return highest


@compiled_in_place
def day_low(row: Row) -> float:
    """Return the lowest low of the day in dollars; the row has a bar."""
    lowest: float = min(row.low[0], row.low[1], row.low[2])
    return lowest


@compiled_in_place
def time_of(time: int) -> float:
    """Return a time in ms as a float; NaN where it has not come."""
    return np.nan if time == NEVER else float(time)


@compiled_in_place
def day_high_time(row: Row) -> float:
    """Return the start (ms) of the first bar that has the day's high."""
    session = PRE_MARKET
    for later in (REGULAR, POST_MARKET):
        if row.high[later] > row.high[session]:
            session = later
    return time_of(row.high_time[session])


@compiled_in_place
def day_low_time(row: Row) -> float:
    """Return the start (ms) of the first bar that has the day's low."""
    session = PRE_MARKET
    for later in (REGULAR, POST_MARKET):
        if row.low[later] < row.low[session]:
            session = later
    return time_of(row.low_time[session])

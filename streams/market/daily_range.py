"""Highs and lows of the three sessions, from the bars that start in them."""

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.symbol_state import Row


@compiled_in_place
def session_high(row: Row, session: int) -> float:
    """Return the highest high of a session in dollars; NaN where it has no bar."""
    return row.high[session] if row.high[session] > -np.inf else np.nan


@compiled_in_place
def session_low(row: Row, session: int) -> float:
    """Return the lowest low of a session in dollars; NaN where it has no bar."""
    return row.low[session] if row.low[session] < np.inf else np.nan

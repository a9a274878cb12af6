"""Changes and gaps in percent, and the volume-weighted price (``docs``: the product's own names and units).

Undefined is NaN here; it becomes ``None`` where values leave the process.
"""

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.symbol_state import Row


@compiled_in_place
def percent_change(value: float, base: float) -> float:
    """Return (value - base) / base x 100; undefined where either is, or the base is not positive."""
    if base > 0.0:
        return (value - base) / base * 100.0
    return np.nan


@compiled_in_place
def change(price: float, previous_close: float) -> float:
    """Return price - previous close in dollars; undefined without a positive previous close."""
    if previous_close > 0.0:
        return price - previous_close
    return np.nan


@compiled_in_place
def gap_price(row: Row) -> float:
    """Return what the gap is measured from: the open once there is one, the price before that."""
    price: float = row.price
    opened: float = row.open
    return price if np.isnan(opened) else opened


@compiled_in_place
def volume_weighted_price(row: Row) -> float:
    """Return sum of close x volume / sum of volume since 04:00; undefined where nothing traded."""
    volume: float = row.volume
    value: float = row.value
    return value / volume if volume > 0.0 else np.nan

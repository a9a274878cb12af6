"""What is known of a partition's tickers before a trading date: reference and volume curves, as columns by row."""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from streams.market.relative_volume import Curves

FACT_NAMES: Final = (
    "prev_close",
    "avg_volume",
    "average_days",
    "median_volume",
    "avg_volume_30d",
    "median_volume_30d",
    "prev_open",
    "prev_high",
    "prev_low",
    "prev_volume",
    "prev_vwap",
    "atr",
    "float_shares",
    "market_cap",
    "short_interest",
    "limit_tier",
)
"""Fields of ``schemas.records.Reference`` that metrics are made of."""
FACTS: Final = np.dtype((np.record, [(name, "f8") for name in FACT_NAMES]))

Facts: TypeAlias = npt.NDArray[np.void]
Fact: TypeAlias = np.record


class Known(NamedTuple):
    """What is known for one trading date, by row of the partition."""

    day_start: int
    """04:00 of that date, ms since the epoch; 0 where it is of no date."""
    facts: Facts
    """NaN where the reference says nothing."""
    curves: Curves


def nothing_known(rows: int, day_start: int = 0) -> Known:
    """Return what is known of tickers that no reference names."""
    zeros = np.zeros(rows, np.int64)
    facts = np.full(rows * len(FACT_NAMES), np.nan).view(FACTS)
    return Known(day_start, facts, Curves(zeros, zeros, zeros, np.zeros(0, np.int32), np.zeros(0)))

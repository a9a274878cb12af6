"""Rows to metrics: one line of ``schemas.metrics.COLUMNS`` for each ticker with a bar on the trading date."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.daily_range import session_high, session_low
from streams.market.gap import change, gap_price, percent_change, volume_weighted_price
from streams.market.relative_volume import Curves, baseline_at, ratio
from streams.market.symbol_state import POST_MARKET, PRE_MARKET, REGULAR, Row, Rows


class Known(NamedTuple):
    """What the reference says of each row for the trading date; NaN where it says nothing."""

    previous_close: npt.NDArray[np.float64]
    average_volume: npt.NDArray[np.float64]


@compiled_in_place
def write_metrics(
    row: Row, previous_close: float, average_volume: float, baseline: float, days: int, line: npt.NDArray[np.float64]
) -> None:
    """Write a row's metrics in the order of ``COLUMNS``; NaN where undefined."""
    line[0] = row.price
    line[1] = row.volume
    line[2] = previous_close
    line[3] = average_volume
    line[4] = change(row.price, previous_close)
    line[5] = percent_change(row.price, previous_close)
    line[6] = row.open
    line[7] = percent_change(row.price, row.open)
    line[8] = percent_change(gap_price(row), previous_close)
    line[9] = percent_change(row.premarket_open, previous_close)
    line[10] = percent_change(row.premarket_close, previous_close)
    line[11] = ratio(row.volume, average_volume)
    line[12] = ratio(row.volume, baseline)
    line[13] = volume_weighted_price(row)
    line[14] = row.vendor_day_volume
    line[15] = row.vendor_open
    line[16] = row.vendor_vwap
    line[17] = session_high(row, PRE_MARKET)
    line[18] = session_low(row, PRE_MARKET)
    line[19] = session_high(row, REGULAR)
    line[20] = session_low(row, REGULAR)
    line[21] = session_high(row, POST_MARKET)
    line[22] = session_low(row, POST_MARKET)
    line[23] = baseline
    line[24] = days if days > 0 else np.nan


@compiled_in_place
def evaluate(  # noqa: PLR0913, PLR0917 - compiled code passes arrays, not objects
    rows: Rows,
    count: int,
    day_start: int,
    second: int,
    known: Known,
    curves: Curves,
    numbers: npt.NDArray[np.int64],
    table: npt.NDArray[np.float64],
) -> int:
    """Write the metrics of every row of the day into ``table`` and its row number into ``numbers``; return how many.

    ``second`` is the time of the evaluation in seconds after 04:00.
    """
    written = 0
    for row in range(count):
        if rows[row].day_start != day_start or rows[row].bars == 0:
            continue
        write_metrics(
            rows[row],
            known.previous_close[row],
            known.average_volume[row],
            baseline_at(curves, row, second),
            curves.sample_days[row],
            table[written],
        )
        numbers[written] = row
        written += 1
    return written

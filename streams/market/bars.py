"""How one bar changes a row: sums, price, opens, extremes, the vendor's own figures."""

from typing import TypeAlias

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.symbol_state import Row
from streams.market.totals import PRE_MARKET, REGULAR, add, opening_part

Bar: TypeAlias = np.record
"""One decoded record of ``aggregates`` (``schemas/avro/aggregate.avsc``)."""


@compiled_in_place
def add_to_totals(row: Row, bar: Bar, session: int, opens: int) -> None:
    """Count a bar that was not there before."""
    row.bars += 1
    part = opening_part(bar.start_time, opens)
    add(row, bar.start_time, bar.high, bar.low, bar.close, bar.volume, session, part)


@compiled_in_place
def update_prices(row: Row, bar: Bar, session: int) -> None:
    """Take price and opens from a bar, new or corrected.

    The newest bar is that with the highest end, the first that with the lowest start, whatever the order of arrival.
    """
    end = bar.start_time + bar.interval_ms
    if end >= row.price_time:
        row.price = bar.close
        row.price_time = end
    if session == REGULAR and bar.start_time <= row.open_time:
        row.open = bar.open
        row.open_time = bar.start_time
    if session == PRE_MARKET and bar.start_time <= row.premarket_open_time:
        row.premarket_open = bar.open
        row.premarket_open_time = bar.start_time
    if session == PRE_MARKET and bar.start_time >= row.premarket_close_time:
        row.premarket_close = bar.close
        row.premarket_close_time = bar.start_time
    if session == REGULAR and bar.start_time >= row.regular_close_time:
        row.regular_close = bar.close
        row.regular_close_time = bar.start_time


@compiled_in_place
def update_vendor_figures(row: Row, bar: Bar) -> None:
    """Take each of the vendor's own figures from the newest bar that has it.

    A rebroadcast without a figure leaves what the first broadcast said.
    """
    end = bar.start_time + bar.interval_ms
    if not np.isnan(bar.vendor_day_volume) and end >= row.vendor_day_volume_time:
        row.vendor_day_volume = bar.vendor_day_volume
        row.vendor_day_volume_time = end
    if not np.isnan(bar.vendor_open) and end >= row.vendor_open_time:
        row.vendor_open = bar.vendor_open
        row.vendor_open_time = end
    if not np.isnan(bar.vendor_vwap) and end >= row.vendor_vwap_time:
        row.vendor_vwap = bar.vendor_vwap
        row.vendor_vwap_time = end

"""Bars made of trades, by the rules that hold for trades (``trade_conditions.py``).

Open and close come from trades that may set the last price, high and low from those that may set extremes, volume,
value and count from those that carry volume; a trade belongs to the bar in which it happened, [start, start + length).
Massive makes its bars of trades in this way (its knowledge base, "How does Massive create the OHLCV aggregate bars").
What becomes of volume in a bar without a price is not published. Here such a bar is flat at the price before it, so
that the day's volume is whole and no extreme is made (estimate); before the first price of the trading date there can
be no bar, and the volume is counted as left out.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.compiled import compiled_in_place
from streams.market.ticker_index import Integers
from streams.market.totals import REGULAR, session_of
from streams.market.trade_conditions import (
    EVERYTHING,
    FORM_T,
    HIGH_LOW,
    LAST,
    ODD_LOT,
    VOLUME,
    Rules,
    effect,
    is_known,
    narrowed,
)

BAR: Final = ("ticker", "start", "open", "high", "low", "close", "volume", "vwap", "transactions")
"""Columns of the bars: times in ms since the epoch (UTC), prices in dollars, volume in shares; vwap may be null."""
IN_SECOND: Final = ("ticker", "day", "start")


class TradeBars(NamedTuple):
    """Bars by start and ticker, and what is in none."""

    frame: pl.DataFrame
    outside_session: int
    """Trades before 04:00 or after the end of a trading date."""
    unknown_condition: int
    """Conditions that are not in the table."""
    volume_without_bar: float
    """Shares traded before the ticker's first price of the date."""


@compiled_in_place
def write_effects(  # noqa: PLR0913, PLR0917 - compiled code passes arrays, not objects
    times: Integers,
    counts: Integers,
    conditions: Integers,
    rules: Rules,
    edges: Integers,
    days: Integers,
    flags: npt.NDArray[np.uint8],
) -> int:
    """Write the index of each trade's trading day (-1 outside its sessions) and what it may change.

    Trade ``n`` has ``counts[n]`` of the ``conditions``, which stand one trade after another. Return how many conditions
    are not in the table.
    """
    first = unknown = 0
    for trade in range(len(times)):
        day = np.searchsorted(edges[:, 0], times[trade], "right") - 1
        inside = day >= 0 and times[trade] < edges[day, 3]
        days[trade] = day if inside else -1
        allowed = EVERYTHING
        is_form_t = is_odd_lot = False
        for place in range(first, first + counts[trade]):
            condition = conditions[place]
            allowed = narrowed(allowed, rules, condition)
            is_form_t |= condition == FORM_T
            is_odd_lot |= condition == ODD_LOT
            unknown += inside and not is_known(rules, condition)
        first += counts[trade]
        session = session_of(times[trade], edges[day, 1], edges[day, 2])
        flags[trade] = effect(allowed, is_form_t, is_odd_lot, session == REGULAR)
    return unknown


def with_effects(trades: pl.DataFrame, rules: Rules, edges: Integers) -> tuple[pl.DataFrame, int]:
    """Return trades with the columns ``day`` and ``flags``, and how many of their conditions are not in the table."""
    lists = trades["conditions"].fill_null([])
    counts = lists.list.len().cast(pl.Int64).to_numpy()
    conditions = lists.explode(empty_as_null=False).cast(pl.Int64).to_numpy()
    days = np.empty(len(trades), np.int64)
    flags = np.empty(len(trades), np.uint8)
    times = trades["trade_time"].cast(pl.Int64).to_numpy()
    unknown = write_effects(times, counts, conditions, rules, edges, days, flags)
    return trades.with_columns(pl.Series("day", days), pl.Series("flags", flags)), unknown


def _may(change: int) -> pl.Expr:
    """Return which trades may change something."""
    return pl.col("flags") & change > 0


def _bars(trades: pl.DataFrame) -> pl.DataFrame:
    """Return bars of trades that stand in order of time, open and close null where no trade gives a price."""
    price, size = pl.col("price"), pl.col("size")
    return trades.group_by(IN_SECOND, maintain_order=True).agg(
        price.filter(_may(LAST)).first().alias("open"),
        price.filter(_may(HIGH_LOW)).max().alias("high"),
        price.filter(_may(HIGH_LOW)).min().alias("low"),
        price.filter(_may(LAST)).last().alias("close"),
        size.filter(_may(VOLUME)).sum().alias("volume"),
        (price * size).filter(_may(VOLUME)).sum().alias("value"),
        _may(VOLUME).sum().cast(pl.Int64).alias("transactions"),
    )


def _priced(bars: pl.DataFrame) -> pl.DataFrame:
    """Return bars with the price before them where they have none of their own; null before the first price."""
    before = pl.col("close").forward_fill().over("ticker", "day")
    volume = pl.col("volume")
    return bars.with_columns(pl.col("open").fill_null(before), pl.col("close").fill_null(before)).with_columns(
        pl.max_horizontal("high", "open", "close").alias("high"),
        pl.min_horizontal("low", "open", "close").alias("low"),
        pl.when(volume > 0).then(pl.col("value") / volume).alias("vwap"),
    )


def bars_of_trades(trades: pl.DataFrame, interval_ms: int, rules: Rules, edges: Integers) -> TradeBars:
    """Return the bars of ``interval_ms`` that trades make.

    ``trades`` has ``ticker``, ``trade_time`` (ms since the epoch), ``price``, ``size`` and ``conditions`` (lists of ids
    or null), in any order; trades of the same ticker and time keep theirs. ``edges`` are the calendar's.
    """
    ordered = trades.sort("trade_time", maintain_order=True)
    ordered, unknown = with_effects(ordered, rules, edges)
    inside = ordered.filter(pl.col("day") >= 0)
    start = pl.col("trade_time") // interval_ms * interval_ms
    bars = _priced(_bars(inside.filter(pl.col("flags") > 0).with_columns(start.alias("start"))))
    has_price = pl.col("close").is_not_null()
    frame = bars.filter(has_price).sort("start", "ticker").select(BAR)
    return TradeBars(frame, len(ordered) - len(inside), unknown, float(bars.filter(~has_price)["volume"].sum()))

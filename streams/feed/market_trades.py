"""Trades that make up the synthetic market's second bars: open first, close last, high and low among the rest."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from streams.feed.market_bars import UNITS, Setting
from streams.feed.market_columns import Columns
from streams.feed.market_minute import smallest_trade
from streams.feed.market_path import MINUTE
from streams.feed.market_random import compiled, mix, uniform

TRADE_STREAM: Final = 1 << 40
ROWS: Final = ("price, units", "size, units", "time, ms since 04:00", "exchange", "condition or -1", "condition or -1")
PRICE, SIZE, TIME, EXCHANGE = range(4)
EXCHANGES: Final = (4, 4, 4, 12, 12, 11, 10, 19, 8, 21, 15, 1)
"""Ids of venues, the frequent ones more than once; 4 is off exchange."""
SWEEP: Final = 14
FORM_T: Final = 12
ODD_LOT: Final = 37
OPENING: Final = 25
CLOSING: Final = 8
SWEEP_SHARE: Final = 0.25
ROUND_LOT: Final = 100


@dataclass(frozen=True, slots=True)
class Trades(Columns):
    """Trades by (time, ticker): prices in dollars, sizes in shares, times in ms since the epoch (UTC)."""

    ticker: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]
    price: npt.NDArray[np.float64]
    size: npt.NDArray[np.float64]
    exchange: npt.NDArray[np.int64]
    sequence: npt.NDArray[np.int64]
    """Increasing over the day, not without gaps."""
    conditions: npt.NDArray[np.int64]
    """Condition ids, shape trades x 2, -1 where there is none."""


@compiled
def _split(setting: Setting, bars: npt.NDArray[np.void], rows: npt.NDArray[np.int64]) -> None:
    """Split every bar into its transactions, the columns of ``rows``: see ``ROWS``."""
    prices, sizes, times, extras = rows[PRICE], rows[SIZE], rows[TIME], rows[EXCHANGE:].T
    at = 0
    for number in range(len(bars)):
        bar = bars[number]
        key = mix(mix(setting.key, bar["ticker"]), TRADE_STREAM + bar["second"])
        many = bar["transactions"]
        span = slice(at, at + many)
        _sizes(key, bar, smallest_trade(setting.profiles[bar["ticker"]]), sizes[span])
        _prices(key, bar, prices[span])
        for place in range(many):
            draw = mix(key, 3 * place)
            times[at + place] = bar["second"] * 1000 + int(1000.0 * (place + uniform(draw)) / many)
            _extras(setting, bar, draw, sizes[at + place], extras[at + place])
        at += many


@compiled
def _sizes(key: np.uint64, bar: np.void, smallest: int, sizes: npt.NDArray[np.int64]) -> None:
    """Deal a bar's volume to its trades, each at least ``smallest``."""
    weights = np.empty(len(sizes))
    for place in range(len(sizes)):
        weights[place] = 1.0 / (0.03 + uniform(mix(key, 3 * place + 1)))
    total = weights.sum()
    spare = bar["volume"] - smallest * len(sizes)
    left = bar["volume"]
    for place in range(len(sizes)):
        sizes[place] = smallest + int(spare * weights[place] / total) // smallest * smallest
        left -= sizes[place]
    sizes[np.argmax(weights)] += left


@compiled
def _prices(key: np.uint64, bar: np.void, prices: npt.NDArray[np.int64]) -> None:
    """Write a bar's prices: open, high and low in some order, anything between, close."""
    last = len(prices) - 1
    tick = 100 if bar["low"] >= UNITS else 1
    for place in range(1, last):
        steps = (bar["high"] - bar["low"]) // tick
        prices[place] = bar["low"] + int(uniform(mix(key, 3 * place + 2)) * (steps + 1)) * tick
    prices[0] = bar["open"]
    prices[last] = bar["close"]
    if last >= 3:  # noqa: PLR2004 - room for both between open and close
        high_first = bar["close"] < bar["open"]
        prices[1] = bar["high"] if high_first else bar["low"]
        prices[2] = bar["low"] if high_first else bar["high"]
    elif last == 2:  # noqa: PLR2004 - at most one of them lies outside open and close
        prices[1] = bar["high"] if bar["high"] > max(bar["open"], bar["close"]) else bar["low"]


@compiled
def _extras(setting: Setting, bar: np.void, draw: np.uint64, size: int, extras: npt.NDArray[np.int64]) -> None:
    """Write a trade's exchange and conditions."""
    extras[0] = EXCHANGES[int(draw >> np.uint64(48)) % len(EXCHANGES)]
    extras[1] = -1
    extras[2] = ODD_LOT if size < ROUND_LOT * UNITS else -1
    if bar["second"] == setting.clock.open_minute * MINUTE and extras[0] != EXCHANGES[0]:
        extras[1] = OPENING
    elif bar["second"] == setting.clock.close_minute * MINUTE and extras[0] != EXCHANGES[0]:
        extras[1] = CLOSING
    elif bar["second"] < setting.clock.open_minute * MINUTE or bar["second"] >= setting.clock.close_minute * MINUTE:
        extras[1] = FORM_T
    elif uniform(mix(draw, 1)) < SWEEP_SHARE:
        extras[1] = SWEEP


def trades_of(setting: Setting, bars: npt.NDArray[np.void], minute: int, day_start: int) -> Trades:
    """Return the trades of a minute's raw second bars (as first sent), by (time, ticker)."""
    many = int(bars["transactions"].sum())
    ticker = np.repeat(bars["ticker"], bars["transactions"])
    rows = np.empty((len(ROWS), many), np.int64)
    _split(setting, bars, rows)
    order = np.argsort(rows[TIME], kind="stable")
    rows = rows[:, order]
    sequence = minute * 10_000_000 + np.arange(many, dtype=np.int64) * 3 + 1
    return Trades(
        ticker[order],
        day_start + rows[TIME],
        rows[PRICE] / UNITS,
        rows[SIZE] / UNITS,
        rows[EXCHANGE],
        sequence,
        rows[EXCHANGE + 1 :].T,
    )


def conditions_text(conditions: npt.NDArray[np.int64]) -> pl.Series:
    """Return conditions as the flat files write them: ids with commas between, nothing where there is none."""
    first, second = conditions[:, 0], conditions[:, 1]
    frame = pl.DataFrame({"first": first, "second": second}).with_columns(pl.all().replace(-1, None))
    return frame.select(pl.concat_str(pl.all(), separator=",", ignore_nulls=True).alias("conditions"))["conditions"]

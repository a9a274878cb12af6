"""Limit-up limit-down messages of the synthetic market: a first band at the open, bands of what moves, pauses."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from streams.feed.market_bars import UNITS, Setting
from streams.feed.market_columns import Columns
from streams.feed.market_halts import LAST_MINUTES, band_percent
from streams.feed.market_news import NEVER
from streams.feed.market_path import MINUTE, log_price_at_minute
from streams.feed.market_random import compiled, mix

BAND: Final = 15
PAUSED: Final = 17
RESUMED: Final = 18
SECOND_NS: Final = 1_000_000_000
BAND_DELAY_NS: Final = 310_003_385
"""Bands come a moment after the second they belong to; the odd figure shows who reads ns as ms."""


@dataclass(frozen=True, slots=True)
class Bands(Columns):
    """Limit-up limit-down events by (time, ticker): prices in dollars, times in ns since the epoch (UTC)."""

    ticker: npt.NDArray[np.int64]
    time_ns: npt.NDArray[np.int64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    indicator: npt.NDArray[np.int64]
    sequence: npt.NDArray[np.int64]


def bands_of(setting: Setting, minute: int, day_start: int) -> Bands:
    """Return a minute's events: every ticker's band in the first regular minute, later those with news each minute."""
    clock = setting.clock
    rows = np.zeros(0, np.int64)
    if minute == clock.open_minute:
        rows = np.arange(len(setting.profiles))
    elif clock.open_minute < minute < clock.close_minute - LAST_MINUTES:
        rows = np.flatnonzero(setting.profiles["news_minute"] < NEVER)
        rows = rows[~_paused(setting, rows, minute * MINUTE)]
    prices = _prices(setting, rows, minute)
    shares = np.array([band_percent(price) for price in prices])
    halts = setting.halts
    first, last = (halts[name] // MINUTE == minute for name in ("start", "end"))
    second = np.concatenate((np.full(len(rows), minute * MINUTE), halts["start"][first], halts["end"][last]))
    second_is_band = np.arange(len(second)) < len(rows)
    low, high = _rounded(prices * (1 - shares)), _rounded(prices * (1 + shares))
    columns = (
        np.concatenate((rows, halts["ticker"][first], halts["ticker"][last])),
        day_start * (SECOND_NS // 1000) + second * SECOND_NS + np.where(second_is_band, BAND_DELAY_NS, 0),
        np.concatenate((low, halts["low"][first] / UNITS, halts["low"][last] / UNITS)),
        np.concatenate((high, halts["high"][first] / UNITS, halts["high"][last] / UNITS)),
        np.repeat([BAND, PAUSED, RESUMED], [len(rows), first.sum(), last.sum()]),
    )
    order = np.lexsort((columns[0], columns[1]))
    sequence = minute * 100_000 + np.arange(len(order), dtype=np.int64)
    return replace(Bands(*columns, sequence).take(order), sequence=sequence)


def _paused(setting: Setting, rows: npt.NDArray[np.intp], second: int) -> npt.NDArray[np.bool_]:
    halts = setting.halts
    now = halts["ticker"][(halts["start"] <= second) & (second < halts["end"])]
    return np.isin(rows, now)


@compiled
def _prices(setting: Setting, rows: npt.NDArray[np.int64], minute: int) -> npt.NDArray[np.float64]:
    prices = np.empty(len(rows), np.float64)
    for number in range(len(rows)):
        ticker = rows[number]
        profile = setting.profiles[ticker]
        prices[number] = np.exp(log_price_at_minute(profile, mix(setting.key, ticker), setting.clock, minute))
    return prices


def _rounded(prices: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(prices >= 1, np.round(prices, 2), np.maximum(np.round(prices, 4), 1 / UNITS))

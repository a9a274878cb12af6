"""Columns of bars as the synthetic market gives them out, and the day totals that a vendor's bar carries."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from streams.feed.market_bars import BAR, UNITS
from streams.feed.market_random import compiled

SECOND_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays of equal length, one for each fact; a row is what they hold at one place."""

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Self:
        """Return some of the rows."""
        return type(self)(*(column[rows] for column in self.columns()))

    def columns(self) -> list[npt.NDArray[Any]]:
        """Return the arrays in the order of the fields."""
        return [getattr(self, field.name) for field in fields(self)]

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of some parts, at least one, one after the other."""
        return cls(*(np.concatenate(column) for column in zip(*(part.columns() for part in parts), strict=True)))

    def __len__(self) -> int:
        return len(self.columns()[0])


@dataclass(frozen=True, slots=True)
class Bars(Columns):
    """Bars, one row each: prices in dollars, volumes in shares, times in ms since the epoch (UTC)."""

    ticker: npt.NDArray[np.int32]
    """Number of the ticker in ``Market.symbols``."""
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    open: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    close: npt.NDArray[np.float64]
    volume: npt.NDArray[np.float64]
    vwap: npt.NDArray[np.float64]
    transactions: npt.NDArray[np.int64]
    average_size: npt.NDArray[np.float64]
    accumulated_volume: npt.NDArray[np.float64]
    """Of the ticker since 04:00, this bar included."""
    official_open: npt.NDArray[np.float64]
    """NaN before the ticker's first regular bar."""
    day_vwap: npt.NDArray[np.float64]


class Totals(NamedTuple):
    """What each ticker has traded since 04:00: volume (units), value (dollars), official open (units, 0 before it)."""

    volume: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    official_open: npt.NDArray[np.int64]

    @classmethod
    def none(cls, tickers: int) -> Self:
        """Return the totals at 04:00."""
        return cls(np.zeros(tickers, np.int64), np.zeros(tickers), np.zeros(tickers, np.int64))

    def copy(self) -> Self:
        """Return totals that may be added to."""
        return type(self)(self.volume.copy(), self.value.copy(), self.official_open.copy())


@dataclass(frozen=True, slots=True)
class Running(Columns):
    """Totals as of each of some bars."""

    volume: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    official_open: npt.NDArray[np.int64]


@compiled
def _run(
    bars: npt.NDArray[np.void], totals: Totals, open_second: int, close_second: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    volume = np.empty(len(bars), np.int64)
    value = np.empty(len(bars), np.float64)
    official_open = np.empty(len(bars), np.int64)
    for number in range(len(bars)):
        bar = bars[number]
        ticker = bar["ticker"]
        if totals.official_open[ticker] == 0 and open_second <= bar["second"] < close_second:
            totals.official_open[ticker] = bar["open"]
        totals.volume[ticker] += bar["volume"]
        totals.value[ticker] += bar["value"]
        volume[number] = totals.volume[ticker]
        value[number] = totals.value[ticker]
        official_open[number] = totals.official_open[ticker]
    return volume, value, official_open


def add_to(totals: Totals, bars: npt.NDArray[np.void], edges: tuple[int, int]) -> Running:
    """Add bars (each ticker's in order of time) to the totals, in place, and return the totals as of each bar.

    ``edges`` are the seconds (since 04:00) of the open and the close.
    """
    return Running(*_run(bars, totals, *edges))


def to_columns(bars: npt.NDArray[np.void], running: Running, day_start: int, seconds: int) -> Bars:
    """Return bars of ``seconds`` as columns; ``day_start`` is 04:00 in ms."""
    start = day_start + bars["second"].astype(np.int64) * SECOND_MS
    shares = bars["volume"] / UNITS
    official_open = np.where(running.official_open > 0, running.official_open / UNITS, np.nan)
    return Bars(
        ticker=bars["ticker"].astype(np.int32),
        start=start,
        end=start + seconds * SECOND_MS,
        open=bars["open"] / UNITS,
        high=bars["high"] / UNITS,
        low=bars["low"] / UNITS,
        close=bars["close"] / UNITS,
        volume=shares,
        vwap=np.round(bars["value"] / shares, 4),
        transactions=bars["transactions"].astype(np.int64),
        average_size=np.rint(shares / bars["transactions"]),
        accumulated_volume=running.volume / UNITS,
        official_open=official_open,
        day_vwap=np.round(running.value / (running.volume / UNITS), 4),
    )


def no_bars() -> npt.NDArray[np.void]:
    """Return an empty array of raw bars."""
    return np.zeros(0, BAR)

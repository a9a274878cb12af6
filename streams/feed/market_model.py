"""A whole day of the US stock market, invented: the same seed, date and number of tickers give the same day.

``Market`` knows any minute without the minutes before it (but for running day totals, which it adds up as needed), and
what it says does not depend on the order of the questions. Minutes count from 04:00 New York. Prices are dollars on
their ticks, volumes shares, times ms since the epoch (UTC).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streams.feed.market_bands import Bands, bands_of
from streams.feed.market_bars import BAR, PENNY, UNITS, Setting, round_price
from streams.feed.market_columns import SECOND_MS, Bars, Running, Totals, add_to, no_bars, to_columns
from streams.feed.market_halts import halts_of
from streams.feed.market_minute import DELAYS, add_up, correct, fill_minute, volumes_of_minute
from streams.feed.market_path import MINUTE, DayClock
from streams.feed.market_profile import profiles_of, usual_volume
from streams.feed.market_quotes import Quotes, quotes_of
from streams.feed.market_random import key_of, uniforms
from streams.feed.market_shape import day_shape
from streams.feed.market_symbols import symbols
from streams.feed.market_trades import Trades, trades_of
from streams.market.session import TradingDay, day_index_at, trading_day_of, trading_days

MOST_TICKERS: Final = 12_000
MISSING_SHARE: Final = 0.015
NO_VOLUME_SHARE: Final = 0.003
CHECKPOINT_MINUTES: Final = 30
LATE_MINUTES: Final = 15
EARLIEST_SECOND: Final = 2
"""A correction comes after the bar itself, which is sent up to a second into the next minute."""


class ReferenceColumns(NamedTuple):
    """Reference data by ticker: previous close in dollars, mean daily volume in shares."""

    ticker: tuple[str, ...]
    prev_close: npt.NDArray[np.float64]
    avg_volume: npt.NDArray[np.float64]


class Market:
    """One trading day of a synthetic market."""

    def __init__(self, seed: int, day: date, tickers: int = MOST_TICKERS) -> None:
        """Lay out the day; raise ``ValueError`` where the exchange is closed, or for too few or too many tickers."""
        if not 1 <= tickers <= MOST_TICKERS:
            message = f"{tickers} tickers: the market has 1 to {MOST_TICKERS:,}"
            raise ValueError(message)
        self.seed = seed
        self.day: TradingDay = trading_day_of(day)
        self.symbols = symbols(seed, tickers)
        index = day_index_at(self.day.start)
        shape = day_shape(index)
        self.minutes = shape.minutes
        self._index = index
        self._clock = DayClock(shape.open_minute, shape.close_minute, shape.minutes)
        key = key_of(seed, 31, index, tickers)
        profiles = profiles_of(seed, tickers, index)
        halts = halts_of(profiles, key, self._clock)
        first_halt = np.searchsorted(halts["ticker"], np.arange(tickers + 1)).astype(np.int64)
        self.setting = Setting(key, self._clock, shape.pace, profiles, halts, first_halt)
        self._checkpoints = {0: Totals.none(tickers)}
        self._filled: tuple[int, npt.NDArray[np.void]] = (-1, no_bars())
        self._late: dict[int, tuple[npt.NDArray[np.void], Running]] = {}

    @cached_property
    def names(self) -> npt.NDArray[np.object_]:
        """The tickers as an array, to be indexed by ``Bars.ticker``."""
        return np.array(self.symbols, object)

    @property
    def tapes(self) -> npt.NDArray[np.int64]:
        """The tape of each ticker: 1 NYSE, 2 other exchanges, 3 Nasdaq."""
        return np.asarray(self.setting.profiles["tape"])

    @property
    def otc(self) -> npt.NDArray[np.bool_]:
        """Whether each ticker trades over the counter."""
        return np.asarray(self.setting.profiles["otc"])

    def second_bars(self, minute: int) -> Bars:
        """Return a minute's second bars by (start, ticker), as first sent."""
        raw, running = self._with_totals(minute)
        order = np.argsort((raw["second"] - minute * MINUTE).astype(np.int16), kind="stable")
        return to_columns(raw[order], running.take(order), self.day.start, 1)

    def minute_bars(self, minute: int) -> Bars:
        """Return a minute's bars by ticker: exactly its second bars, as first sent, added up."""
        raw, running = self._with_totals(minute)
        last = _last_of_each(raw)
        return to_columns(added_up(raw, MINUTE), running.take(last), self.day.start, MINUTE)

    def corrections(self, minute: int) -> tuple[npt.NDArray[np.int64], Bars]:
        """Return when (ms) and which second bars of the quarter hour before are sent again in a minute, corrected.

        Rows are in the order of sending; the day totals in them are those of the first sending.
        """
        parts, sent = [], []
        for delay in sorted(set(DELAYS)):
            if 0 <= minute - delay < self.minutes:
                bars, seconds = self._corrected(minute - delay, delay)
                parts.append(bars)
                sent.append(self.day.start + (minute * MINUTE + seconds) * SECOND_MS)
        if not parts:
            return np.zeros(0, np.int64), self.second_bars(minute).take(slice(0, 0))
        times = np.concatenate(sent)
        whole = Bars.joined(parts)
        order = np.lexsort((whole.ticker, whole.start, times))
        return times[order], whole.take(order)

    def minute_corrections(self, minute: int) -> Bars:
        """Return the corrected bars of the minute 15 minutes before, which are sent again half way into this one."""
        origin = minute - LATE_MINUTES
        if origin < 0:
            return self.minute_bars(minute).take(slice(0, 0))
        first = self.minute_bars(origin)
        sums = added_up(self.raw_bars(origin, corrected=True), MINUTE)
        running = Running(np.ones(len(sums), np.int64), np.zeros(len(sums)), np.zeros(len(sums), np.int64))
        final = to_columns(sums, running, self.day.start, MINUTE)
        totals = {name: getattr(first, name) for name in ("accumulated_volume", "official_open", "day_vwap")}
        return replace(final, **totals).take(sums["delay"] > 0)

    def raw_bars(self, minute: int, *, corrected: bool = False) -> npt.NDArray[np.void]:
        """Return a minute's second bars by (ticker, start), with ``BAR``: whole units, and no day totals."""
        if self._filled[0] != minute:
            buffer = np.empty(len(self.symbols) * MINUTE, BAR)
            count = fill_minute(self.setting, minute, buffer)
            self._filled = (minute, buffer[:count])
        if not corrected:
            return self._filled[1]
        final = self._filled[1].copy()
        correct(self.setting, final)
        return final

    def trades(self, minute: int) -> Trades:
        """Return a minute's trades by (time, ticker): they make up exactly its second bars as first sent."""
        return trades_of(self.setting, self.raw_bars(minute), minute, self.day.start)

    def quotes(self, minute: int) -> Quotes:
        """Return a minute's quotes by (time, ticker), one at the end of each of its second bars."""
        return quotes_of(self.setting, self.raw_bars(minute), minute, self.day.start)

    def bands(self, minute: int) -> Bands:
        """Return a minute's limit-up limit-down events by (time, ticker): bands, pauses and their ends."""
        return bands_of(self.setting, minute, self.day.start)

    def halts(self) -> npt.NDArray[np.void]:
        """Return the day's pauses with ``HALT``, by ticker and time; seconds since 04:00, prices in units."""
        return self.setting.halts

    def reference(self) -> ReferenceColumns:
        """Return what a reference vendor knows before the day: some tickers are missing, some have an average of 0."""
        count = len(self.symbols)
        volumes = usual_volume(self.seed, count, self._index)
        volumes[uniforms(key_of(self.seed, 41), count) < NO_VOLUME_SHARE] = 0
        known = uniforms(key_of(self.seed, 42), count) >= MISSING_SHARE
        closes = self.prev_closes()
        tickers = tuple(ticker for ticker, keep in zip(self.symbols, known, strict=True) if keep)
        return ReferenceColumns(tickers, closes[known], volumes[known])

    def prev_closes(self) -> npt.NDArray[np.float64]:
        """Return every ticker's official close of the day before, in dollars."""
        return np.array([round_price(price, PENNY) for price in np.exp(self.setting.profiles["level"])]) / UNITS

    def history(self, days: int) -> Iterator[tuple[TradingDay, npt.NDArray[np.float64]]]:
        """Yield the ``days`` sessions before this one, oldest first, with the volume of every ticker and minute.

        The volumes, shape tickers x minutes, in shares, are those of that day's own market, 0 without a bar.
        """
        for index in range(self._index - days, self._index):
            earlier = type(self)(self.seed, trading_days()[index].date, len(self.symbols))
            yield earlier.day, earlier.volumes()

    def volumes(self) -> npt.NDArray[np.float64]:
        """Return the volume of every ticker and minute, shape tickers x minutes, in shares, without making bars."""
        units = np.empty((self.minutes, len(self.symbols)), np.int64)
        for minute in range(self.minutes):
            volumes_of_minute(self.setting, minute, units[minute])
        return np.ascontiguousarray(units.T) / UNITS

    def _corrected(self, minute: int, delay: int) -> tuple[Bars, npt.NDArray[np.int64]]:
        """Return one minute's bars that are sent again ``delay`` minutes later, and the seconds of sending (0-59)."""
        if minute not in self._late:
            first, running = self._with_totals(minute)
            rows = np.flatnonzero(first["delay"] > 0)
            final = self.raw_bars(minute, corrected=True)[rows]
            self._late[minute] = (final, running.take(rows))
            for old in [known for known in self._late if abs(known - minute) > LATE_MINUTES]:
                del self._late[old]
        final, running = self._late[minute]
        rows = np.flatnonzero(final["delay"] == delay)
        bars = to_columns(final[rows], running.take(rows), self.day.start, 1)
        draws = uniforms(key_of(self.seed, 43, minute, delay), len(rows))
        return bars, (EARLIEST_SECOND + draws * (MINUTE - EARLIEST_SECOND)).astype(np.int64)

    def _with_totals(self, minute: int) -> tuple[npt.NDArray[np.void], Running]:
        totals = self._totals(minute).copy()
        raw = self.raw_bars(minute)
        running = add_to(totals, raw, self._edges())
        self._checkpoints[minute + 1] = totals
        return raw, running

    def _totals(self, minute: int) -> Totals:
        """Return the totals at the start of a minute, adding up from the last minute known."""
        known = max(number for number in self._checkpoints if number <= minute)
        for number in range(known, minute):
            totals = self._checkpoints[number].copy()
            add_to(totals, self.raw_bars(number), self._edges())
            self._checkpoints[number + 1] = totals
            self._forget(number)
        return self._checkpoints[minute]

    def _forget(self, minute: int) -> None:
        """Keep the totals of every half hour and of the last quarter of an hour."""
        for old in [number for number in self._checkpoints if number % CHECKPOINT_MINUTES]:
            if old < minute - LATE_MINUTES:
                del self._checkpoints[old]

    def _edges(self) -> tuple[int, int]:
        return self.setting.clock.open_minute * MINUTE, self.setting.clock.close_minute * MINUTE


def added_up(raw: npt.NDArray[np.void], seconds: int) -> npt.NDArray[np.void]:
    """Return bars of ``seconds`` from raw bars by (ticker, start), in the same order."""
    sums = np.empty(len(raw), BAR)
    return sums[: add_up(raw, seconds, sums)]


def _last_of_each(raw: npt.NDArray[np.void]) -> npt.NDArray[np.intp]:
    """Return the row of each ticker's last bar."""
    return np.flatnonzero(np.append(raw["ticker"][1:] != raw["ticker"][:-1], np.ones(min(len(raw), 1), bool)))

"""What daily bars say of each ticker before a trading date: previous bar, usual volume, true range. PURE.

Everything is adjusted for the splits that take effect up to and including the trading date, so that it compares with
what is traded on it.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

import polars as pl

from streams.feed.splits import adjusted, ratios_on
from streams.market.session import TradingDay, trading_days

SESSIONS: Final = 10
LONG_SESSIONS: Final = 30
MOST_SESSIONS: Final = 60
"""Sessions of highs and lows."""
RANGE_DAYS: Final = 14
PREVIOUS: Final = ("open", "high", "low", "close", "volume", "vwap")


def measures(
    bars: pl.DataFrame,
    splits: pl.DataFrame,
    day: TradingDay,
    sessions: int = SESSIONS,
    covered: Iterable[TradingDay] | None = None,
) -> pl.DataFrame:
    """Return one row for each ticker of the bars (columns of ``DAILY``, as traded), named as in ``Reference``.

    - ``prev_close`` and its kin are those of the ticker's newest bar, be it of the session before or, where it was not
      traded in that one, of an earlier one; null for all where the session before is not in the bars at all.
    - ``avg_volume`` and ``median_volume`` are over the last ``sessions`` full sessions (half days out) in the bars: the
      same ones for every ticker, and for each ticker over those of them in which it has a bar. ``avg_volume_30d`` and
      ``median_volume_30d`` likewise over 30, and null where the bars hold fewer.
    - ``atr`` is the average true range of 14 bars (Wilder) over all bars, see ``true_ranges``.
    - ``highs`` and ``lows`` are of the sessions in which the ticker has a bar, newest first, of the last 60 at most.
    - ``split_ratio`` is that of a split on the trading date itself.

    The sessions in the bars are those of any ticker; bars of one ticker alone need telling which they are: ``covered``.
    Bars of the trading date and later, and of days on which the exchange was closed, are ignored; of bars with the same
    ticker and date the last counts.
    """
    before = bars.filter(pl.col("date").is_in([each.date for each in _before(day)]))
    before = before.unique(["ticker", "date"], keep="last").sort("ticker", "date")
    history = adjusted(before, splits, day.date)
    held = history["date"].unique().sort() if covered is None else pl.Series([each.date for each in covered])
    full = held.filter(held.is_in([each.date for each in _before(day) if not each.is_half_day]))
    whole = len(full) >= LONG_SESSIONS
    parts = (
        _previous(history, complete=_session_before(day) in held),
        _volumes(history, full.tail(sessions), ""),
        _volumes(history, full.tail(LONG_SESSIONS if whole else 0), "_30d"),
        true_ranges(history),
        _extremes(history, held.tail(MOST_SESSIONS)),
        ratios_on(splits, day.date),
    )
    table = history.select("ticker").unique().sort("ticker")
    for part in parts:
        table = table.join(part, on="ticker", how="left", maintain_order="left")
    return table.with_columns(average_days=pl.lit(sessions))


def history_days(day: TradingDay, sessions: int = SESSIONS) -> tuple[TradingDay, ...]:
    """Return the sessions before a trading date that ``measures`` needs, oldest first."""
    before = _before(day)
    needed = max(sessions, LONG_SESSIONS)
    full = 0
    for count, each in enumerate(reversed(before), start=1):
        full += not each.is_half_day
        if count >= MOST_SESSIONS and full >= needed:
            return before[-count:]
    return before


def full_sessions(bars: pl.DataFrame, day: TradingDay) -> int:
    """Return how many full sessions before a trading date the bars hold."""
    full = [each.date for each in _before(day) if not each.is_half_day]
    return bars.filter(pl.col("date").is_in(full))["date"].n_unique()


def missing_sessions(bars: pl.DataFrame, wanted: Iterable[TradingDay]) -> list[dt.date]:
    """Return the dates of sessions of which there is no bar."""
    held = set(bars["date"].unique())
    return [each.date for each in wanted if each.date not in held]


def true_ranges(history: pl.DataFrame) -> pl.DataFrame:
    """Return by ``ticker`` the ``atr`` of bars sorted by ticker and date, null with fewer than 14 true ranges.

    The true range of a bar is the largest of high - low, |high - C| and |low - C|, C being the close of the bar
    before, so that the first bar has none. The first average is the mean of 14; each later one is (13 x the one before
    + the new true range) / 14 (Welles Wilder, New Concepts in Technical Trading Systems, 1978).
    """
    before = pl.col("close").shift(1).over("ticker")
    reach = pl.max_horizontal(pl.col("high"), before) - pl.min_horizontal(pl.col("low"), before)
    ranges = history.select("ticker", reach=pl.when(before.is_not_null()).then(reach)).drop_nulls()
    place = pl.int_range(pl.len()).over("ticker")
    first = pl.col("reach").head(RANGE_DAYS).mean().over("ticker")
    seeded = ranges.with_columns(place=place, first=first).filter(pl.col("place") >= RANGE_DAYS - 1)
    steps = pl.when(pl.col("place") == RANGE_DAYS - 1).then("first").otherwise("reach")
    smooth = steps.ewm_mean(alpha=1 / RANGE_DAYS, adjust=False).last()
    return seeded.group_by("ticker", maintain_order=True).agg(atr=smooth)


def _before(day: TradingDay) -> tuple[TradingDay, ...]:
    """Return every trading day before one, oldest first."""
    days = trading_days()
    return days[: days.index(day)]


def _session_before(day: TradingDay) -> dt.date:
    """Return the date of the session before."""
    return _before(day)[-1].date


def _previous(history: pl.DataFrame, *, complete: bool) -> pl.DataFrame:
    """Return each ticker's newest bar, nothing of it where it cannot be known to be the newest."""
    chosen = history if complete else history.clear()
    return chosen.group_by("ticker", maintain_order=True).agg(pl.col(PREVIOUS).last().name.prefix("prev_"))


def _volumes(history: pl.DataFrame, baseline: pl.Series, suffix: str) -> pl.DataFrame:
    """Return mean and median volume by ticker over its bars in the baseline sessions."""
    bars = history.filter(pl.col("date").is_in(baseline.implode()))
    volume = pl.col("volume")
    mean, median = volume.mean().alias(f"avg_volume{suffix}"), volume.median().alias(f"median_volume{suffix}")
    return bars.group_by("ticker").agg(mean, median)


def _extremes(history: pl.DataFrame, held: pl.Series) -> pl.DataFrame:
    """Return the lists of highs and lows by ticker, newest first."""
    bars = history.filter(pl.col("date").is_in(held.implode()))
    return bars.group_by("ticker").agg(highs=pl.col("high").reverse(), lows=pl.col("low").reverse())

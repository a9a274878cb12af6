"""Volume curves from the bars of earlier days: for each ticker the mean cumulative volume by second since 04:00. PURE.

The baseline sessions are the last 10 full ones (half days out) that the history has for any ticker, before the trading
date: the same ones for every ticker. A ticker's mean runs over those of them in which it has at least one bar. A curve
is a step function of what had ended by a second: no interpolation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.records import VolumeCurve
from streams.market.session import TradingDay, edges, trading_days

SESSIONS: Final = 10
SECOND_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class History:
    """Bars of earlier days from one file: columns ``ticker``, ``start_time`` (ms), ``volume``, in its order."""

    bars: pl.DataFrame
    interval_ms: int
    """Length of the file's bars."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Every ticker's curve in one table sorted by ticker and second: ``ticker``, ``second``, ``volume``, ``days``."""

    trading_date: str
    sessions: tuple[str, ...]
    """The baseline sessions, ISO dates."""
    table: pl.DataFrame

    def __len__(self) -> int:
        """Return the number of tickers that have a curve."""
        return self.table["ticker"].n_unique()

    def records(self) -> Iterator[VolumeCurve]:
        """Yield the curves one by one: all of them at once would take gigabytes as Python objects."""
        for (ticker,), rows in self.table.group_by("ticker", maintain_order=True):
            yield VolumeCurve(
                ticker=str(ticker),
                trading_date=self.trading_date,
                sample_days=int(rows["days"][0]),
                seconds=tuple(rows["second"].to_list()),
                volumes=tuple(rows["volume"].to_list()),
            )


def build_curves(histories: Sequence[History], day: TradingDay, sessions: int = SESSIONS) -> Curves:
    """Return the curves for a trading date from bars of other days; later days are ignored.

    Of bars with the same ticker and start the last counts.
    """
    frames = [_placed(history, day) for history in histories]
    bars = pl.concat(frames) if frames else _placed(_NOTHING, day)
    bars = bars.unique(["ticker", "start_time"], keep="last", maintain_order=True)
    baseline = bars["session"].unique().sort().tail(sessions)
    chosen = bars.filter(pl.col("session").is_in(baseline.implode()))
    days = chosen.group_by("ticker").agg(days=pl.col("session").n_unique())
    steps = chosen.group_by("ticker", "second").agg(pl.col("volume").sum()).join(days, on="ticker")
    table = steps.sort("ticker", "second").select(
        "ticker", "second", volume=pl.col("volume").cum_sum().over("ticker") / pl.col("days"), days="days"
    )
    dates = tuple(str(trading_days()[index].date) for index in baseline)
    return Curves(day.date.isoformat(), dates, table)


_NOTHING: Final = History(
    pl.DataFrame(schema={"ticker": pl.String, "start_time": pl.Int64, "volume": pl.Float64}), SECOND_MS
)


def _placed(history: History, day: TradingDay) -> pl.DataFrame:
    """Return the bars of full sessions before the date, with their ``session`` and the ``second`` at which they end."""
    starts = history.bars["start_time"].to_numpy()
    session, first = _sessions(starts, day)
    second = (starts + history.interval_ms - first) // SECOND_MS
    placed = history.bars.select("ticker", "start_time", "volume").with_columns(
        session=pl.Series(session, dtype=pl.Int64), second=pl.Series(second, dtype=pl.Int64)
    )
    return placed.filter(pl.col("session") >= 0)


def _sessions(starts: npt.NDArray[np.int64], day: TradingDay) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each start the index of its trading day, -1 where it counts for no baseline, and that day's 04:00."""
    distinct, places = np.unique(starts, return_inverse=True)
    table = edges()
    index = np.searchsorted(table[:, 0], distinct, side="right") - 1
    full = np.array([not each.is_half_day for each in trading_days()])
    usable = (index >= 0) & (distinct < table[index, 3]) & (table[index, 0] < day.start) & full[index]
    return np.where(usable, index, -1)[places], table[index, 0][places]

"""Volume curves of real sessions, each day left out in turn and told from those before it, against a plain array.

The expected side knows no steps: it is every minute of every session of every ticker, summed up and averaged.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from schemas.records import VolumeCurve
from streams.feed.curve_builder import History, build_curves
from streams.market.relative_volume import Curves, baseline_at
from streams.market.session import trading_day_of
from tests.support.shared_data import shared_data

BASELINE: Final = 10
MINUTES: Final = 16 * 60
SECONDS: Final = (0, 59, 60, 61, 3600, 19_799, 19_800, 19_860, 23_477, 43_200, 57_540, 57_600)


QUICK: Final = (4, 10, 38)
"""Places of the days that are always left out; the others are in longer runs."""


class Sessions(NamedTuple):
    """The history as the builder takes it, and the same as shares by ticker, session and minute since 04:00."""

    history: History
    tickers: list[str]
    dates: list[date]
    shares: npt.NDArray[np.float64]

    def mean_by_minute(self, today: date) -> npt.NDArray[np.float64]:
        """Return by ticker and minute the mean cumulative volume of the ten sessions before a date at the minute's end.

        A ticker's mean is over those sessions in which it has a bar, all of which have volume here.
        """
        place = self.dates.index(today)
        before = self.shares[:, max(0, place - BASELINE) : place]
        cumulative = before.cumsum(axis=2)
        days = (cumulative[:, :, -1] > 0).sum(axis=1, keepdims=True)
        mean: npt.NDArray[np.float64] = cumulative.sum(axis=1) / days
        return mean


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    """Return the 39 sessions of 99 tickers."""
    bars = pl.read_parquet(
        shared_data("bars_1min_2025-01/large99_1m_2025-01_2025-02.parquet"),
        columns=["ticker", "volume", "window_start"],
    )
    local = pl.from_epoch("window_start", "ns").dt.replace_time_zone("UTC").dt.convert_time_zone("America/New_York")
    placed = bars.select(
        "volume",
        ticker=pl.col("ticker").rank("dense").cast(pl.Int64) - 1,
        session=local.dt.date().rank("dense").cast(pl.Int64) - 1,
        minute=local.dt.hour().cast(pl.Int64) * 60 + local.dt.minute().cast(pl.Int64) - 4 * 60,
    )
    tickers = sorted(bars["ticker"].unique())
    dates: list[date] = sorted(bars.select(local.dt.date().unique()).to_series())
    shares = np.zeros((len(tickers), len(dates), MINUTES))
    np.add.at(
        shares, tuple(placed[name].to_numpy() for name in ("ticker", "session", "minute")), placed["volume"].to_numpy()
    )
    assert all(bars["volume"] > 0)
    history = bars.select("ticker", start_time=pl.col("window_start") // 1_000_000, volume=pl.col("volume").cast(float))
    return Sessions(History(history, 60_000), tickers, dates, shares)


@pytest.mark.parametrize(
    "place", [pytest.param(place, marks=() if place in QUICK else pytest.mark.soak) for place in range(1, 39)]
)
def test_day_left_out(sessions: Sessions, place: int) -> None:
    """All values of all curves equal the plain array's to 1e-9; the day itself and later ones are not looked at.

    The first ones have fewer than ten sessions before them, and the last has no day after it.
    """
    today = sessions.dates[place]
    curves = {curve.ticker: curve for curve in build_curves([sessions.history], trading_day_of(today)).records()}
    wanted = sessions.mean_by_minute(today)

    assert curves.keys() == set(sessions.tickers)
    for ticker, mean in zip(sessions.tickers, wanted, strict=True):
        by_minute = at_each_minute(curves[ticker])
        np.testing.assert_allclose(by_minute, mean, rtol=1e-9, atol=0, err_msg=f"{ticker} on {today}")
        assert curves[ticker].sample_days == min(place, BASELINE)


def at_each_minute(curve: VolumeCurve) -> npt.NDArray[np.float64]:
    """Lay a curve's steps out over the minutes of a day: the value that holds at the end of each."""
    laid = np.zeros(MINUTES + 1)
    rises = np.diff(np.array(curve.volumes), prepend=0.0)
    laid[np.array(curve.seconds) // 60] = rises
    assert all(second % 60 == 0 for second in curve.seconds)
    return laid.cumsum()[1:]


def test_looked_up_at_any_second(sessions: Sessions) -> None:
    """What a worker reads of a curve at a second is the value of the last whole minute, in every row."""
    today = sessions.dates[-1]
    built = build_curves([sessions.history], trading_day_of(today)).records()
    curves = packed(sorted(built, key=lambda curve: curve.ticker))
    wanted = np.pad(sessions.mean_by_minute(today), ((0, 0), (1, 0)))

    for row in range(len(sessions.tickers)):
        found = [float(baseline_at(curves, row, second)) for second in SECONDS]
        np.testing.assert_allclose(found, wanted[row, [second // 60 for second in SECONDS]], rtol=1e-9, atol=0)


def packed(curves: Sequence[VolumeCurve]) -> Curves:
    """Lay curves end to end, one row each."""
    steps = np.array([len(curve.seconds) for curve in curves])
    return Curves(
        first=steps.cumsum() - steps,
        steps=steps,
        sample_days=np.array([curve.sample_days for curve in curves]),
        seconds=np.array([second for curve in curves for second in curve.seconds], np.int32),
        volumes=np.array([volume for curve in curves for volume in curve.volumes]),
    )


def test_the_dates_are_those_of_the_exchange(sessions: Sessions) -> None:
    """39 sessions, no half day among them, and no bar outside of the day: the array above holds every bar."""
    eastern = ZoneInfo("America/New_York")
    starts = sessions.history.bars["start_time"]
    last = datetime.fromtimestamp(max(starts) / 1000, eastern)

    assert len(sessions.dates) == 39
    assert {trading_day_of(day).date for day in sessions.dates} == set(sessions.dates)
    assert last.date() == sessions.dates[-1]
    assert all(
        day - before <= timedelta(days=4) for before, day in zip(sessions.dates, sessions.dates[1:], strict=False)
    )
    assert sessions.shares.sum() == sessions.history.bars["volume"].sum()

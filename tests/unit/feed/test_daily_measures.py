"""What daily bars say of a ticker: which bar is the previous one, which sessions count, when nothing is known."""

import datetime as dt
from typing import Final

import polars as pl
import pytest

from streams.feed.daily_bars import DAILY, no_bars
from streams.feed.daily_measures import full_sessions, history_days, measures, missing_sessions
from streams.feed.splits import SPLITS, no_splits
from streams.market.session import trading_day_of

DAY: Final = trading_day_of(dt.date(2025, 1, 6))
SESSIONS: Final = history_days(DAY)
DATES: Final = [each.date for each in SESSIONS]
HALF_DAYS: Final = {dt.date(2024, 11, 29), dt.date(2024, 12, 24)}


def bar(ticker: str, date: dt.date, close: float, volume: float) -> tuple[object, ...]:
    """Return a daily bar that reaches from a dollar below to two above its close."""
    return ticker, date, close - 0.5, close + 2, close - 1, close, volume, close + 0.25


def frame(*rows: tuple[object, ...]) -> pl.DataFrame:
    """Return bars as a table."""
    return pl.DataFrame(rows, schema=DAILY, orient="row")


def one(bars: pl.DataFrame, ticker: str, splits: pl.DataFrame | None = None) -> dict[str, object]:
    """Return what is known of one ticker."""
    table = measures(bars, no_splits() if splits is None else splits, DAY, 5)
    return table.row(by_predicate=pl.col("ticker") == ticker, named=True)


def steady(ticker: str, count: int = len(DATES)) -> list[tuple[object, ...]]:
    """Return bars of the last sessions: 10 dollars, 1, 2, 3 … shares."""
    return [bar(ticker, date, 10.0, float(number)) for number, date in enumerate(DATES[-count:], start=1)]


def test_the_history_is_sixty_sessions() -> None:
    """Or so many that the mean has its full ones."""
    assert len(SESSIONS) == 60
    assert sum(not each.is_half_day for each in history_days(DAY, 100)) == 100


def test_the_previous_bar() -> None:
    """That of the session before, or for a ticker not traded in it of an earlier one; later bars are ignored."""
    bars = frame(
        bar("A", DATES[-2], 8.0, 20.0),
        bar("A", DATES[-1], 9.0, 30.0),
        bar("A", DAY.date, 99.0, 99.0),
        bar("HALTED", DATES[-3], 7.0, 5.0),
    )
    known, halted = one(bars, "A"), one(bars, "HALTED")

    names = [f"prev_{name}" for name in ("open", "high", "low", "close", "volume", "vwap")]
    assert [known[name] for name in names] == [8.5, 11.0, 8.0, 9.0, 30.0, 9.25]
    assert halted["prev_close"] == 7.0
    assert known["split_ratio"] is None


def test_without_the_session_before_there_is_no_previous_close() -> None:
    """No ticker's newest bar can then be known to be its newest."""
    bars = frame(bar("A", DATES[-2], 8.0, 20.0))
    known = one(bars, "A")

    assert known["prev_close"] is None
    assert known["avg_volume"] == 20.0
    assert missing_sessions(bars, SESSIONS[-2:]) == [DATES[-1]]


def test_half_days_are_no_part_of_a_mean() -> None:
    """Nor of a median; their highs and lows count, and the split of the day adjusts all."""
    bars = frame(*steady("A"))
    split = pl.DataFrame([("A", DAY.date, 0.5)], schema=SPLITS, orient="row")
    known = one(bars, "A", split)
    full = [volume for volume, date in enumerate(DATES, start=1) if date not in HALF_DAYS]

    assert set(DATES) >= HALF_DAYS
    assert known["avg_volume"] == pytest.approx(sum(full[-5:]) / 5 / 2)
    assert known["median_volume"] == pytest.approx(full[-3] / 2)
    assert known["avg_volume_30d"] == pytest.approx(sum(full[-30:]) / 30 / 2)
    assert known["median_volume_30d"] == pytest.approx((full[-15] + full[-16]) / 2 / 2)
    assert known["average_days"] == 5
    assert (known["prev_close"], known["split_ratio"]) == (20.0, 0.5)
    assert known["highs"] == [24.0] * 60
    assert known["lows"] == [18.0] * 60
    assert known["atr"] == pytest.approx(6.0)


def test_the_sessions_are_the_same_for_every_ticker() -> None:
    """A ticker's mean runs over those of them in which it has a bar, however many it has before."""
    full = [date for date in DATES if date not in HALF_DAYS]
    bars = frame(
        *steady("A"),
        *(bar("B", date, 1.0, 100.0 * number) for number, date in enumerate((full[-6], full[-5], full[-1]))),
    )

    assert one(bars, "B")["avg_volume"] == 150.0
    assert one(bars, "B")["avg_volume_30d"] == 100.0


def test_too_little_history_is_not_known() -> None:
    """No mean over 30 of fewer sessions; no true range without 14 of them, the first bar having none."""
    bars = frame(*steady("A", 15), *steady("B", 14))

    assert full_sessions(bars, DAY) == 14
    assert one(bars, "A")["avg_volume_30d"] is None
    assert one(bars, "A")["atr"] == 3.0
    assert one(bars, "B")["atr"] is None


def test_a_later_bar_of_the_same_day_replaces_an_earlier_one() -> None:
    """And bars of days on which the exchange was closed are ignored."""
    bars = frame(bar("A", DATES[-1], 5.0, 1.0), bar("A", DATES[-1], 6.0, 2.0), bar("A", dt.date(2025, 1, 5), 7.0, 3.0))

    assert one(bars, "A")["prev_close"] == 6.0
    assert one(bars, "A")["avg_volume"] == 2.0


def test_no_bars_no_tickers() -> None:
    """An empty table has the columns all the same."""
    assert measures(no_bars(), no_splits(), DAY).is_empty()
    assert "prev_close" in measures(no_bars(), no_splits(), DAY).columns

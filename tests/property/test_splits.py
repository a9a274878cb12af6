"""Adjusting for splits only changes the unit in which shares are counted; the average true range is Wilder's."""

import datetime as dt
from itertools import pairwise
from typing import Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from streams.feed.daily_bars import DAILY
from streams.feed.daily_measures import history_days, measures, true_ranges
from streams.feed.splits import SPLITS, adjusted, no_splits
from streams.market.session import trading_day_of

DAY: Final = trading_day_of(dt.date(2025, 1, 6))
DATES: Final = [each.date for each in history_days(DAY)]
PRICES: Final = ("open", "high", "low", "close", "vwap")

prices = st.floats(0.01, 1000.0)
ratios = st.sampled_from([0.01, 0.1, 0.125, 0.5, 2.0, 4.0, 20.0])


@st.composite
def histories(draw: st.DrawFn) -> pl.DataFrame:
    """Draw the last daily bars of one ticker, some sessions without one."""
    dates = draw(st.lists(st.sampled_from(DATES[-40:]), min_size=1, max_size=40, unique=True))
    rows = []
    for date in sorted(dates):
        low, first, second, high = sorted(draw(st.tuples(prices, prices, prices, prices)))
        volume = float(draw(st.integers(0, 10**9)))
        rows.append(("A", date, first, high, low, second, volume, (low + high) / 2))
    return pl.DataFrame(rows, schema=DAILY, orient="row")


@given(bars=histories(), ratio=ratios, execution=st.sampled_from([*DATES[-41:], DAY.date, dt.date(2025, 1, 7)]))
def test_the_value_of_what_was_traded_stays(bars: pl.DataFrame, ratio: float, execution: dt.date) -> None:
    """Price times volume of every bar is the same before and after, and bars from the split on are untouched."""
    split = pl.DataFrame([("A", execution, ratio)], schema=SPLITS, orient="row")
    found = adjusted(bars, split, DAY.date)
    factor = pl.when((pl.col("date") < execution) & (pl.lit(execution) <= DAY.date)).then(ratio).otherwise(1.0)
    expected = bars.with_columns(pl.col(PRICES) / factor, pl.col("volume") * factor)

    assert_frame_equal(found, expected)


@given(bars=histories(), ratio=ratios)
def test_a_split_of_the_day_scales_every_measure(bars: pl.DataFrame, ratio: float) -> None:
    """As if all had been traded in new shares from the beginning: prices, ranges and extremes down, volumes up."""
    split = pl.DataFrame([("A", DAY.date, ratio)], schema=SPLITS, orient="row")
    (before,) = measures(bars, no_splits(), DAY).to_dicts()
    (after,) = measures(bars, split, DAY).to_dicts()

    for name in ("prev_open", "prev_high", "prev_low", "prev_close", "prev_vwap", "atr"):
        assert after[name] == (None if before[name] is None else pytest.approx(before[name] / ratio))
    for name in ("prev_volume", "avg_volume", "median_volume"):
        assert after[name] == (None if before[name] is None else pytest.approx(before[name] * ratio))
    for name in ("highs", "lows"):
        assert after[name] == pytest.approx([price / ratio for price in before[name]])


@given(bars=histories(), ratio=ratios, places=st.tuples(st.integers(0, 39), st.integers(0, 39)))
def test_where_a_split_came_makes_no_difference(bars: pl.DataFrame, ratio: float, places: tuple[int, int]) -> None:
    """Bars as traded around a split, adjusted, are the bars of a market that never had it."""
    execution = DATES[-40:][max(places)]
    split = pl.DataFrame([("A", execution, ratio)], schema=SPLITS, orient="row")
    earlier = pl.when(pl.col("date") < execution).then(ratio).otherwise(1.0)
    traded = bars.with_columns(pl.col(PRICES) * earlier, pl.col("volume") / earlier)
    (expected,), (found,) = (
        measures(frame, known, DAY).to_dicts() for frame, known in ((bars, no_splits()), (traded, split))
    )

    for name in ("prev_close", "prev_volume", "avg_volume", "atr"):
        assert found[name] == (None if expected[name] is None else pytest.approx(expected[name]))


def wilder(rows: list[dict[str, float]], days: int = 14) -> float | None:
    """Return the average true range, step by step."""
    ranges = []
    for before, bar in pairwise(rows):
        reach = (bar["high"] - bar["low"], abs(bar["high"] - before["close"]), abs(bar["low"] - before["close"]))
        ranges.append(max(reach))
    if len(ranges) < days:
        return None
    average = sum(ranges[:days]) / days
    for reach_ in ranges[days:]:
        average = (average * (days - 1) + reach_) / days
    return average


@given(bars=st.lists(histories(), min_size=1, max_size=3))
def test_true_ranges_are_wilders(bars: list[pl.DataFrame]) -> None:
    """For every ticker by itself, and none where there are too few bars."""
    frames = [frame.with_columns(ticker=pl.lit(f"T{number}")) for number, frame in enumerate(bars)]
    found = dict(true_ranges(pl.concat(frames)).rows())
    expected = {f"T{number}": wilder(frame.to_dicts()) for number, frame in enumerate(bars)}

    assert found == pytest.approx({ticker: value for ticker, value in expected.items() if value is not None})

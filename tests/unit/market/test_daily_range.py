"""Highs and lows with the bars that made them, from what a row holds of its three sessions."""

import math

import pytest

from streams.market.daily_range import (
    day_high,
    day_high_time,
    day_low,
    day_low_time,
    session_high,
    session_low,
    time_of,
)
from streams.market.symbol_state import Row, begin_day, empty_rows
from streams.market.totals import NEVER
from tests.unit.market.builders import uncompiled


def row(highs: tuple[float, float, float], lows: tuple[float, float, float]) -> Row:
    """Return a row with the extremes of its sessions, made at 10, 20 and 30."""
    rows = empty_rows(1)
    uncompiled(begin_day)(rows[0], 1)
    rows["high"], rows["low"] = highs, lows
    rows["high_time"] = rows["low_time"] = (10, 20, 30)
    return rows[0]  # type: ignore[no-any-return] # an element of a structured array


@pytest.mark.parametrize(
    ("extremes", "high_time", "low_time"),
    [((1.0, 2.0, 3.0), 30.0, 10.0), ((3.0, 1.0, 2.0), 10.0, 20.0), ((2.0, 2.0, 2.0), 10.0, 10.0)],
)
def test_the_day_has_the_extremes_of_its_sessions(
    extremes: tuple[float, float, float], high_time: float, low_time: float
) -> None:
    """With the time of the earliest session that has them."""
    found = row(extremes, extremes)

    assert (uncompiled(day_high)(found), uncompiled(day_low)(found)) == (max(extremes), min(extremes))
    assert (uncompiled(day_high_time)(found), uncompiled(day_low_time)(found)) == (high_time, low_time)


def test_a_session_without_a_bar_has_none() -> None:
    """And the day those of the others."""
    found = row((-math.inf, 2.0, -math.inf), (math.inf, 1.0, math.inf))

    assert [uncompiled(session_high)(found, session) for session in range(3)] == pytest.approx(
        [math.nan, 2.0, math.nan], nan_ok=True
    )
    assert [uncompiled(session_low)(found, session) for session in range(3)] == pytest.approx(
        [math.nan, 1.0, math.nan], nan_ok=True
    )
    assert (uncompiled(day_high_time)(found), uncompiled(day_low_time)(found)) == (20.0, 20.0)


def test_a_time_that_has_not_come_is_undefined() -> None:
    """As in rows carried over from a version that kept none."""
    assert math.isnan(uncompiled(time_of)(NEVER))
    assert uncompiled(time_of)(5) == 5.0

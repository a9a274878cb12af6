"""Opening ranges: the first bar outside that of the first 1, 5, 15 and 30 minutes, each once up and once down."""

from datetime import date
from typing import Final

import pytest

from streams.market.session import trading_day_of
from streams.market.totals import REGULAR
from tests.unit.market.builders import DAY, HALF_DAY, MINUTE, SECOND, Columns, Told, bar

UP: Final = "opening_range_up"
DOWN: Final = "opening_range_down"


def broken(columns: Columns, kind: str = UP) -> list[tuple[float | None, int]]:
    """Return of each breakout the minutes of its range, and the minute after the open in which its bar ended."""
    return [(event.value, event.time) for event in columns.told(kind)]


@pytest.mark.parametrize("length", [SECOND, 5 * SECOND, MINUTE])
def test_every_range_once(length: int) -> None:
    """Whatever the length of the bars: the last bar of a range is in it, the first after it may leave it."""
    columns = Columns(length)
    prices = {0: 10.0, 1: 11.0, 5: 12.0, 15: 13.0, 30: 14.0, 31: 15.0}
    last = {minutes: DAY.open + minutes * MINUTE - length for minutes in (1, 5, 15, 30)}
    bars = [bar("A", DAY.open + minute * MINUTE, price, interval_ms=length) for minute, price in prices.items()]
    bars += [bar("A", start, 10.0, interval_ms=length) for start in last.values() if start != DAY.open]
    columns.fold(*sorted(bars, key=lambda each: each.start_time))

    assert broken(columns) == [(minutes, DAY.open + minutes * MINUTE + length) for minutes in (1, 5, 15, 30)]
    assert [(event.price, event.level) for event in columns.told(UP)] == [(11, 10), (12, 11), (13, 12), (14, 13)]


def test_what_is_said_of_a_breakout() -> None:
    """The bar that left, the level that it passed, the minutes of the range; down as up."""
    columns = Columns(MINUTE)
    columns.fold(
        bar("A", DAY.open, interval_ms=MINUTE, high=11.0, low=9.0),
        bar("A", DAY.open + MINUTE, interval_ms=MINUTE, high=11.0, low=9.0),
        bar("A", DAY.open + 2 * MINUTE, interval_ms=MINUTE, high=11.5, low=8.5),
    )

    end = DAY.open + 3 * MINUTE
    assert columns.told(UP) == [Told(UP, "A", end, 11.5, 11.0, 1.0, session=REGULAR)]
    assert columns.told(DOWN) == [Told(DOWN, "A", end, 8.5, 9.0, 1.0, session=REGULAR)]


def test_one_bar_may_leave_all_ranges_both_ways() -> None:
    """Eight events of one bar, and none of them again."""
    columns = Columns()
    columns.fold(bar("A", DAY.open), bar("A", DAY.open + 30 * MINUTE, high=11.0, low=9.0))

    assert [minutes for minutes, _ in broken(columns)] == [1, 5, 15, 30]
    assert [minutes for minutes, _ in broken(columns, DOWN)] == [1, 5, 15, 30]
    assert columns.row("A")["opening_broken"] == 0b1111_1111
    columns.fold(bar("A", DAY.open + 31 * MINUTE, high=99.0, low=1.0))
    assert len(columns.told(UP, DOWN)) == 8


def test_a_range_shorter_than_a_bar_is_none() -> None:
    """Bars of five minutes know the ranges of 5, 15 and 30 minutes; bars of half an hour the last alone."""
    for length, minutes in ((5, [5, 15, 30]), (15, [15, 30]), (30, [30])):
        columns = Columns(length * MINUTE)
        columns.fold(
            bar("A", DAY.open, interval_ms=length * MINUTE),
            bar("A", DAY.open + 30 * MINUTE, 11.0, interval_ms=length * MINUTE),
        )

        assert [found for found, _ in broken(columns)] == minutes


def test_a_range_without_a_bar_is_not_left() -> None:
    """A ticker that first trades at 09:36 has ranges of 15 and 30 minutes only."""
    columns = Columns()
    columns.fold(bar("A", DAY.open + 6 * MINUTE), bar("A", DAY.open + 40 * MINUTE, 11.0))

    assert [minutes for minutes, _ in broken(columns)] == [15, 30]


def test_the_level_itself_is_inside() -> None:
    """A high equal to the range's leaves nothing."""
    columns = Columns()
    columns.fold(bar("A", DAY.open), bar("A", DAY.open + 40 * MINUTE))

    assert columns.told(UP, DOWN) == []


def test_only_regular_bars_leave_it() -> None:
    """Not the pre-market before it, nor the post-market after it; on half days that begins at 13:00."""
    for day in (DAY, HALF_DAY):
        columns = Columns()
        columns.fold(bar("A", day.open - SECOND, 50.0), bar("A", day.open), bar("A", day.close, 60.0))
        assert columns.told(UP, DOWN) == []

        columns.fold(bar("A", day.close - SECOND, 60.0))
        assert [minutes for minutes, _ in broken(columns)] == [1, 5, 15, 30]


@pytest.mark.parametrize("day", [date(2025, 3, 7), date(2025, 3, 10), date(2025, 10, 31), date(2025, 11, 3)])
def test_the_range_begins_at_half_past_nine_in_new_york(day: date) -> None:
    """Before and after both changes of the clock."""
    found = trading_day_of(day)
    columns = Columns()
    columns.fold(bar("A", found.open - SECOND, 50.0), bar("A", found.open), bar("A", found.open + MINUTE, 11.0))

    assert broken(columns) == [(1, found.open + MINUTE + SECOND)]


def test_a_correction_of_the_range_counts_from_then_on() -> None:
    """What was told stays; what comes later is measured by the range as it is."""
    columns = Columns()
    columns.fold(bar("A", DAY.open), bar("A", DAY.open, high=12.0), bar("A", DAY.open + MINUTE, 11.0))
    assert columns.told(UP) == []

    columns.fold(bar("A", DAY.open, high=10.5), bar("A", DAY.open + MINUTE, 11.0))
    assert broken(columns) == [(1, DAY.open + MINUTE + SECOND)]

"""Change of price in the last minutes: against the newest bar that had ended before them."""

import math
from typing import Final

import pytest

from streams.market.corrections import WINDOW_MS
from tests.unit.market.builders import DAY, HALF_DAY, MINUTE, SECOND, Columns, bar, clock

NOON: Final = DAY.open + 150 * MINUTE


def changes(columns: Columns, time: int | None = None) -> list[float]:
    """Return the changes of the last 1, 5 and 15 minutes of the ticker A."""
    found = columns.metrics("A", time)
    return [found[f"change_{minutes}m_pct"] for minutes in (1, 5, 15)]


def test_the_base_is_the_newest_close_before_the_window() -> None:
    """Each window has its own; a bar that ended exactly at its beginning is before it."""
    columns = Columns()
    for minutes, close in ((16, 8.0), (15, 10.0), (5, 20.0), (1, 25.0), (0, 40.0)):
        columns.fold(bar("A", NOON - minutes * MINUTE - SECOND, close))

    assert changes(columns) == pytest.approx([60.0, 100.0, 300.0])


def test_without_a_bar_by_then_there_is_no_change() -> None:
    """A ticker's first bar changes from nothing; the day before does not count."""
    columns = Columns()
    columns.fold(bar("A", NOON))
    assert all(map(math.isnan, changes(columns)))

    columns.fold(bar("A", NOON + 2 * MINUTE, 11.0))
    assert changes(columns)[0] == pytest.approx(10.0)
    assert all(map(math.isnan, changes(columns)[1:]))


def test_a_ticker_that_has_gone_silent_has_not_changed() -> None:
    """The newest bar is the base of its own price once it has left the windows, settled or not."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0), bar("A", NOON + SECOND, 11.0))
    assert changes(columns, NOON + 20 * MINUTE) == [0.0, 0.0, 0.0]

    columns.fold(clock(NOON + WINDOW_MS + MINUTE))
    assert columns.chain("A") == []
    assert changes(columns) == [0.0, 0.0, 0.0]


def test_the_base_may_have_settled() -> None:
    """The newest of the bars that have settled, where none that is remembered is as old."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0), bar("A", NOON + SECOND, 20.0), clock(NOON + WINDOW_MS + MINUTE))
    columns.fold(bar("A", NOON + WINDOW_MS + MINUTE, 25.0))

    assert changes(columns) == pytest.approx([25.0, 25.0, 25.0])


def test_a_late_bar_may_become_the_base() -> None:
    """It ended before the window, later than the base until then."""
    columns = Columns()
    columns.fold(bar("A", NOON - 10 * MINUTE, 10.0), bar("A", NOON, 20.0))
    assert changes(columns)[1] == pytest.approx(100.0)

    columns.fold(bar("A", NOON - 6 * MINUTE, 16.0))
    assert changes(columns)[1] == pytest.approx(25.0)


def test_over_the_close_of_a_half_day() -> None:
    """The first bar after 13:00 is measured like any other."""
    columns = Columns()
    columns.fold(bar("A", HALF_DAY.close - 2 * MINUTE, 10.0), bar("A", HALF_DAY.close, 12.0))

    assert changes(columns)[0] == pytest.approx(20.0)
    assert columns.row("A")["high"].tolist() == [-math.inf, 10.0, 12.0]

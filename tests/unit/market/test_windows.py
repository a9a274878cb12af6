"""Volume of the last minutes: exact sums of the bars in each window, across gaps, corrections, settling and days."""

from typing import Final

import numpy as np
import pytest

from streams.market.corrections import NONE, WINDOW_MS
from streams.market.windows import SPIKE_WINDOW, WINDOW_MINUTES, empty_windows, units
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, SECOND, Columns, bar, clock, uncompiled

NOON: Final = DAY.open + 150 * MINUTE


def volumes(columns: Columns, time: int | None = None) -> list[float]:
    """Return the shares of the last 1, 5 and 15 minutes of the ticker A."""
    found = columns.metrics("A", time)
    return [found[f"volume_{minutes}m"] for minutes in (1, 5, 15)]


def test_windows_of_no_bars_are_empty() -> None:
    """Nothing in them, and nothing left of them."""
    windows = empty_windows(2)

    assert windows.oldest.shape == windows.sums.shape == windows.begins.shape == (2, len(WINDOW_MINUTES))
    assert (windows.oldest == NONE).all()
    assert not windows.sums.any()


@pytest.mark.parametrize(("volume", "expected"), [(0.0, 0), (1.0, 1 << 28), (2.0**-28, 1), (0.1, 26843546)])
def test_shares_are_whole_numbers_of_a_small_unit(volume: float, expected: int) -> None:
    """What was added can be taken away again without a trace."""
    assert uncompiled(units)(volume) == expected


def test_a_bar_leaves_a_window_when_its_end_does() -> None:
    """A bar that ended exactly a minute ago is out, a second less is in."""
    columns = Columns()
    columns.fold(bar("A", NOON - SECOND, volume=1.0), bar("A", NOON + 59 * SECOND, volume=10.0))

    assert columns.progress["event_time"] == NOON + MINUTE
    assert volumes(columns) == [10.0, 11.0, 11.0]
    assert volumes(columns, NOON + MINUTE + 59 * SECOND) == [10.0, 11.0, 11.0]
    assert volumes(columns, NOON + 2 * MINUTE) == [0.0, 11.0, 11.0]
    assert volumes(columns, NOON + 5 * MINUTE) == [0.0, 10.0, 11.0]
    assert volumes(columns, NOON + 15 * MINUTE) == [0.0, 0.0, 10.0]
    assert volumes(columns, NOON + 16 * MINUTE) == [0.0, 0.0, 0.0]


def test_a_gap_empties_the_windows() -> None:
    """After half an hour of silence only the new bar is in them, and the change is against the last price before."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0, 5.0), clock(NOON + SECOND))
    columns.fold(clock(NOON + 30 * MINUTE), bar("A", NOON + 30 * MINUTE, 11.0, 7.0))

    assert volumes(columns) == [7.0, 7.0, 7.0]
    assert columns.metrics("A")["change_15m_pct"] == pytest.approx(10.0)


def test_windows_across_a_settle() -> None:
    """Bars settle while others stay; what is in the windows is what the clock of every minute leaves in them."""
    columns = Columns()
    for minute in range(40):
        now = NOON + minute * MINUTE
        columns.fold(bar("A", now - SECOND, volume=float(minute)), clock(now))
        last = range(max(0, minute - 14), minute + 1)

        assert volumes(columns) == [minute, sum(last[-5:]), sum(last)]
    assert len(columns.chain("A")) == WINDOW_MS // MINUTE


def test_nobody_looking_changes_nothing() -> None:
    """Windows that were looked at every minute hold what those that never were do."""
    watched, alone = Columns(), Columns()
    for minute in range(40):
        now = NOON + minute * MINUTE
        for columns in (watched, alone):
            columns.fold(bar("A", now - SECOND, volume=0.1 * minute), clock(now))
        watched.lines()

    assert volumes(watched) == volumes(alone)


def test_a_late_bar_comes_into_the_windows_that_it_ended_in() -> None:
    """Out of order, before the others or between them; where its window has passed it is not counted."""
    columns = Columns()
    columns.fold(bar("A", NOON - SECOND, volume=1.0), bar("A", NOON - 3 * MINUTE, volume=10.0))
    assert volumes(columns) == [1.0, 11.0, 11.0]

    columns.fold(bar("A", NOON - 10 * MINUTE, volume=100.0), bar("A", NOON - 2 * MINUTE, volume=1000.0))
    assert volumes(columns) == [1.0, 1011.0, 1111.0]
    columns.fold(clock(NOON + 4 * MINUTE), bar("A", NOON - 30 * SECOND, volume=5.0))
    assert volumes(columns) == [0.0, 6.0, 1116.0]


def test_a_storm_of_corrections_leaves_the_last_one() -> None:
    """The same bar fifty times, each with another volume, and others beside it."""
    columns = Columns()
    columns.fold(bar("A", NOON - MINUTE, volume=3.0), *(bar("A", NOON, 10.0, 0.1 * n) for n in range(1, 51)))

    assert volumes(columns) == pytest.approx([5.0, 8.0, 8.0], abs=1e-8)
    row = int(np.flatnonzero(columns.partition.rows["bars"] == 2)[0])
    assert columns.partition.windows.sums[row, SPIKE_WINDOW] == uncompiled(units)(3.0) + uncompiled(units)(0.1 * 50)


def test_a_correction_outside_a_window_does_not_touch_it() -> None:
    """A bar of ten minutes ago belongs to the longest window only."""
    columns = Columns()
    columns.fold(bar("A", NOON, volume=1.0), bar("A", NOON + 10 * MINUTE, volume=2.0))
    columns.lines()
    columns.fold(bar("A", NOON, volume=50.0))

    assert volumes(columns) == [2.0, 2.0, 52.0]


def test_a_duplicate_changes_nothing() -> None:
    """The same record twice, and read again from the log, is one bar."""
    columns = Columns()
    record = bar("A", NOON, volume=0.7)
    columns.fold(record, record)
    columns.offset = 0
    columns.fold(record, record)

    assert volumes(columns) == pytest.approx([0.7, 0.7, 0.7], abs=1e-8)


def test_a_new_day_begins_with_empty_windows() -> None:
    """Yesterday's last bars are in none of them."""
    columns = Columns()
    columns.fold(bar("A", DAY.end - SECOND, volume=9.0), bar("A", NEXT_DAY.start, 11.0, 2.0))

    assert volumes(columns) == [2.0, 2.0, 2.0]
    assert np.isnan(columns.metrics("A")["change_1m_pct"])

"""The clock of columns is the clock of records one by one, however they are cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.feed.feed_clock import FeedClock

TIMES = st.lists(st.integers(0, 20_000), max_size=60)


@given(times=TIMES, cut=st.integers(0, 60))
def test_columns_are_clocked_like_records(times: list[int], cut: int) -> None:
    """Two parts of a column, one after the other, get the clocks that each record in turn would get."""
    one_by_one = FeedClock()
    expected = [(row, due) for row, time in enumerate(times) if (due := one_by_one.advance(time)) is not None]
    clock = FeedClock()
    found = []
    for start, part in ((0, times[:cut]), (min(cut, len(times)), times[cut:])):
        points = clock.advance_all(np.array(part, np.int64))
        found += [
            (start + row, time) for row, time in zip(points.positions.tolist(), points.times.tolist(), strict=True)
        ]

    assert found == expected
    assert clock.event_time == one_by_one.event_time


@given(times=TIMES)
def test_a_clock_covers_all_records_before_it_and_none_behind_it_but_corrections(times: list[int]) -> None:
    """Clocks rise; a record behind one is newer than it, unless an older one of its time had come already."""
    clock = FeedClock()
    last = -2
    newest = -1
    for time in times:
        due = clock.advance(time)
        if due is not None:
            assert due > last
            assert newest <= due < time
            last = due
        newest = max(newest, time)
        assert newest // 1000 * 1000 - 1 == last

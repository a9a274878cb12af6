"""A feed's clock: one record whenever the event time passes into a new second, before what passed into it."""

import numpy as np

from streams.feed.feed_clock import FeedClock

NOON = 1_736_182_800_000


def test_the_first_record_is_preceded_by_the_clock_of_the_second_before() -> None:
    """Nothing older comes from this feed, and readers may know it."""
    assert FeedClock().advance(NOON + 250) == NOON - 1


def test_records_of_the_same_second_need_no_clock() -> None:
    """One clock record for each second is enough."""
    clock = FeedClock()
    clock.advance(NOON)

    assert clock.advance(NOON + 999) is None
    assert clock.event_time == NOON - 1


def test_one_clock_covers_the_seconds_skipped() -> None:
    """A quiet minute costs one record."""
    clock = FeedClock()
    clock.advance(NOON)

    assert clock.advance(NOON + 61_000) == NOON + 60_999


def test_a_correction_does_not_move_the_clock() -> None:
    """Older event times are rebroadcasts."""
    clock = FeedClock()
    clock.advance(NOON + 5000)

    assert clock.advance(NOON) is None
    assert clock.advance(NOON + 5999) is None


def test_the_end_of_a_file_has_its_own_clock() -> None:
    """What has the very time of the end is covered by it."""
    clock = FeedClock()
    clock.advance(NOON)

    assert clock.finish(NOON + 60_000) == NOON + 60_000
    assert clock.advance(NOON + 60_000) is None


def test_columns_get_the_clocks_at_their_rows() -> None:
    """Rows 0, 2 and 4 pass into new seconds; the correction in row 3 does not."""
    times = np.array([NOON, NOON + 1, NOON + 1000, NOON + 10, NOON + 3000], np.int64)

    points = FeedClock().advance_all(times)

    assert points.positions.tolist() == [0, 2, 4]
    assert points.times.tolist() == [NOON - 1, NOON + 999, NOON + 2999]


def test_no_rows_have_no_clocks() -> None:
    """An empty column changes nothing."""
    assert len(FeedClock().advance_all(np.empty(0, np.int64)).positions) == 0

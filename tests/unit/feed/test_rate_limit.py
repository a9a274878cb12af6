"""A token bucket lets through what its rate allows, in the order of asking, and no more after a long pause."""

import pytest

from streams.feed.rate_limit import TokenBucket


def test_turns_are_a_rate_apart() -> None:
    """However many ask at once, each waits for a turn of its own."""
    bucket = TokenBucket(5.0)

    assert [bucket.take(100.0) for _ in range(4)] == pytest.approx([0.0, 0.2, 0.4, 0.6])
    assert bucket.take(101.0) == 0.0


def test_a_pause_saves_up_no_more_than_the_burst() -> None:
    """An hour of silence allows three at once, not thousands."""
    bucket = TokenBucket(2.0, 3.0)
    first = [bucket.take(0.0) for _ in range(4)]
    later = [bucket.take(3600.0) for _ in range(4)]

    assert first == later == pytest.approx([0.0, 0.0, 0.0, 0.5])


def test_a_held_bucket_lets_nobody_through() -> None:
    """Until the instant that was told; an earlier one changes nothing."""
    bucket = TokenBucket(10.0)
    bucket.hold(8.0)
    bucket.hold(3.0)

    assert bucket.take(5.0) == pytest.approx(3.0)
    assert bucket.take(9.0) == 0.0


@pytest.mark.parametrize(("rate", "burst"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.5)])
def test_a_rate_that_lets_nothing_through_is_refused(rate: float, burst: float) -> None:
    """Rather than wait for ever."""
    with pytest.raises(ValueError, match="lets nothing through"):
        TokenBucket(rate, burst)

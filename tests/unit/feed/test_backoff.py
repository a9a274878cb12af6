"""Delays grow, vary, stay within their bounds, and begin anew."""

import random

from streams.feed.backoff import Backoff


def test_delays_stay_within_bounds_that_double() -> None:
    """From half a second to at most thirty, however long it lasts."""
    backoff = Backoff(source=random.Random(1))
    delays = [backoff.next_delay() for _ in range(2000)]

    assert min(delays) >= 0.5
    assert max(delays) <= 30
    assert delays[0] <= 1
    assert delays[1] <= 2
    assert max(delays[10:]) > 25


def test_success_begins_anew() -> None:
    """After data came, the next failure is the first."""
    backoff = Backoff(source=random.Random(1))
    for _ in range(20):
        backoff.next_delay()
    backoff.reset()

    assert backoff.failures == 0
    assert backoff.next_delay() <= 1

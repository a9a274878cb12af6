"""``api.status``: when data is stale, and why."""

import pytest

from api.status import Trouble, status
from api.view import Moment

NOW = 1_000_000
LIVE = Moment("2026-11-20", "regular", 500, NOW - 200, NOW - 400, NOW - 300, 8, 8)


def test_live() -> None:
    """The age is that of the oldest part in view."""
    assert status(LIVE, None, NOW, 5000)[1:] == (400, False, None, None)


@pytest.mark.parametrize(
    ("moment", "age", "reason"),
    [
        (None, None, "no_data"),
        (LIVE._replace(published_time=NOW - 5000, oldest_published_time=NOW - 9000), 9000, "workers_silent"),
        (LIVE._replace(oldest_published_time=NOW - 5000), 5000, "partitions_behind"),
        (LIVE._replace(present=7), 400, "partitions_behind"),
        (LIVE._replace(advanced_time=NOW - 7000), 7000, "feed_silent"),
        (LIVE._replace(advanced_time=NOW - 7000, session="closed"), 7000, None),
    ],
)
def test_each_silence_has_its_reason(moment: Moment | None, age: int | None, reason: str | None) -> None:
    """A closed market brings nothing new, which is no fault."""
    judged = status(moment, None, NOW, 5000)

    assert (judged.age_ms, judged.stale, judged.reason) == (age, reason is not None, reason)


def test_trouble_with_redis_comes_before_any_silence() -> None:
    """The reason is the one that somebody can do something about."""
    judged = status(LIVE, Trouble("redis_unreachable", "refused"), NOW, 5000)

    assert (judged.stale, judged.reason, judged.detail) == (True, "redis_unreachable", "refused")


def test_a_worker_whose_clock_is_ahead_makes_no_negative_age() -> None:
    """Clocks of machines differ a little."""
    ahead = LIVE._replace(published_time=NOW + 50, oldest_published_time=NOW + 50, advanced_time=NOW + 50)

    assert status(ahead, None, NOW, 5000).age_ms == 0

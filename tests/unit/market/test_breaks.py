"""New highs and lows: what breaks, what is said of it, and how often."""

import math
from typing import Final

import pytest

from streams.market.bar_events import rules
from streams.market.totals import POST_MARKET, PRE_MARKET, REGULAR
from tests.unit.market.builders import DAY, HALF_DAY, MINUTE, NEXT_DAY, SECOND, Columns, Told, bar

NOON: Final = DAY.open + 150 * MINUTE


def highs(columns: Columns) -> list[Told]:
    """Return the new highs."""
    return columns.told("new_high")


def prices(columns: Columns, kind: str) -> list[float | None]:
    """Return the prices of the events of a kind."""
    return [event.price for event in columns.told(kind)]


def test_the_first_bar_of_a_session_is_silent() -> None:
    """There is nothing yet that it could break, whatever the session before has made."""
    columns = Columns()
    columns.fold(*(bar("A", start, price) for start, price in ((DAY.start, 1.0), (DAY.open, 2.0), (DAY.close, 3.0))))

    assert columns.told("new_high", "new_low") == []


def test_a_break_is_strictly_beyond() -> None:
    """An equal high is none; a higher one says what it broke, and with which bar."""
    columns = Columns()
    columns.fold(bar("A", NOON, high=11.0), bar("A", NOON + SECOND, high=11.0), bar("A", NOON + MINUTE, high=11.5))

    end = NOON + MINUTE + SECOND
    assert highs(columns) == [Told("new_high", "A", end, 11.5, 11.0, None, 1, REGULAR, -math.inf)]


def test_lows_are_the_mirror_of_highs() -> None:
    """Below, with the lows of the sessions before."""
    columns = Columns()
    columns.fold(
        bar("A", DAY.open - MINUTE, low=8.0), bar("A", DAY.open, low=9.0), bar("A", DAY.close - MINUTE, low=7.0)
    )
    columns.fold(bar("A", DAY.close, low=9.5), bar("A", DAY.close + MINUTE, low=6.5))

    regular, post = columns.told("new_low")
    assert regular == Told("new_low", "A", DAY.close - MINUTE + SECOND, 7.0, 9.0, None, 1, REGULAR, 8.0)
    assert post == Told("new_low", "A", DAY.close + MINUTE + SECOND, 6.5, 9.5, None, 1, POST_MARKET, 8.0, 7.0)


def test_an_equal_low_breaks_nothing() -> None:
    """As with highs."""
    columns = Columns()
    columns.fold(bar("A", NOON, low=9.0), bar("A", NOON + MINUTE, low=9.0))

    assert columns.told("new_low") == []


@pytest.mark.parametrize(
    ("day", "start", "session"),
    [
        (DAY, DAY.open - 1, PRE_MARKET),
        (DAY, DAY.open + MINUTE, REGULAR),
        (DAY, DAY.close + MINUTE, POST_MARKET),
        (HALF_DAY, HALF_DAY.close + MINUTE, POST_MARKET),
    ],
)
def test_each_session_has_its_own_highs(day: object, start: int, session: int) -> None:
    """With the highs of the sessions before it; on half days the post-market begins at 13:00."""
    del day
    columns = Columns()
    columns.fold(bar("A", start - 30 * SECOND, 10.0), bar("A", start, 11.0))

    (event,) = highs(columns)
    assert (event.session, event.level) == (session, 10.0)
    assert event.first_level == (None if session == PRE_MARKET else -math.inf)
    assert event.second_level == (-math.inf if session == POST_MARKET else None)


def test_the_cooldown_counts_what_it_silences() -> None:
    """A minute must pass between two events; the count is of all breaks, told or not."""
    columns = Columns()
    columns.fold(*(bar("A", NOON + 20 * second * SECOND, 10.0 + second) for second in range(8)))

    assert [(event.price, event.count) for event in highs(columns)] == [(11.0, 1), (14.0, 4), (17.0, 7)]
    assert columns.row("A")["high_breaks"].tolist() == [0, 7, 0]


def test_the_first_break_of_a_session_does_not_wait() -> None:
    """What was told before the open does not silence the first high after it."""
    columns = Columns()
    columns.fold(*(bar("A", DAY.open - second * SECOND, 12.0 - second) for second in (2, 1)))
    columns.fold(bar("A", DAY.open, 10.0), bar("A", DAY.open + SECOND, 10.5))

    assert prices(columns, "new_high") == [11.0, 10.5]


@pytest.mark.parametrize(("step", "expected"), [(0.25, [10.5, 11.0, 11.5]), (0.125, [10.5, 11.0])])
def test_the_increment_is_from_the_last_one_told(step: float, expected: list[float]) -> None:
    """Half a dollar beyond the last event, not beyond the last break."""
    columns = Columns(event_rules=rules(0, 0.5))
    columns.fold(bar("A", NOON, 10.5 - step))
    columns.fold(*(bar("A", NOON + n * MINUTE, 10.5 + (n - 1) * step) for n in range(1, 6)))

    assert prices(columns, "new_high") == expected


def test_the_increment_of_lows_goes_down() -> None:
    """Half a dollar below the last one told."""
    columns = Columns(event_rules=rules(0, 0.5))
    columns.fold(*(bar("A", NOON + n * MINUTE, 10.5 - n * 0.25) for n in range(6)))

    assert prices(columns, "new_low") == [10.25, 9.75, 9.25]


def test_cooldown_and_increment_both_count() -> None:
    """Far enough but too soon, and late enough but not far enough, are silent."""
    columns = Columns(event_rules=rules(MINUTE, 1.0))
    starts = ((0, 10.0), (1, 10.5), (30, 12.0), (90, 11.0), (95, 12.5), (156, 13.0), (157, 20.0))
    columns.fold(*(bar("A", NOON + second * SECOND, price) for second, price in starts))

    assert prices(columns, "new_high") == [10.5, 12.5, 20.0]


@pytest.mark.parametrize("cooldown", [0, 1, MINUTE])
def test_one_bar_makes_one_event_of_a_kind(cooldown: int) -> None:
    """A storm of corrections that each go further is one event, whatever the cooldown: it has one name."""
    columns = Columns(event_rules=rules(cooldown, 0.0))
    columns.fold(bar("A", NOON, 10.0, high=10.0, low=10.0))
    columns.fold(*(bar("A", NOON + MINUTE, 10.0, high=10.0 + n, low=10.0 - 0.1 * n) for n in range(1, 51)))

    assert prices(columns, "new_high") == [11.0]
    assert prices(columns, "new_low") == [9.9]


def test_a_late_bar_may_be_a_new_high() -> None:
    """Out of order it is one of its own time; an equal rebroadcast is none."""
    columns = Columns()
    late = bar("A", NOON - MINUTE, 12.0)
    columns.fold(bar("A", NOON - 2 * MINUTE), bar("A", NOON, 11.0), late, late)

    assert [(event.time, event.price) for event in highs(columns)] == [(NOON + SECOND, 11.0)]
    patient = Columns(event_rules=rules(0, 0.0))
    patient.fold(bar("A", NOON - 2 * MINUTE), bar("A", NOON, 9.0), late, late)
    assert [(event.time, event.price) for event in highs(patient)] == [(NOON - MINUTE + SECOND, 12.0)]


def test_a_late_break_of_the_session_before_wakes_nothing_up() -> None:
    """It is that session's first; the newest event stays the last one, and its bar makes no second one."""
    columns = Columns()
    columns.fold(bar("A", DAY.open - 10 * MINUTE), bar("A", DAY.open), bar("A", DAY.open + MINUTE, high=11.0, low=9.0))
    columns.fold(bar("A", DAY.open - 5 * MINUTE, high=11.0, low=9.0), bar("A", DAY.open + MINUTE, high=12.0, low=8.0))

    expected = [DAY.open + MINUTE + SECOND, DAY.open - 5 * MINUTE + SECOND]
    assert [event.time for event in highs(columns)] == expected
    assert [event.time for event in columns.told("new_low")] == expected


def test_a_new_day_forgets_what_was_told() -> None:
    """Counts begin at one, and yesterday's last event silences nothing."""
    columns = Columns(event_rules=rules(24 * 60 * MINUTE, 0.0))
    for day in (DAY, NEXT_DAY):
        columns.fold(bar("A", day.open, 10.0), bar("A", day.open + SECOND, 11.0))

    assert [event.count for event in highs(columns)] == [1, 1]

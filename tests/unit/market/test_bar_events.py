"""Which events a bar makes: what it must be for each, and what must be known."""

from datetime import date
from typing import Final

import numpy as np

from streams.market.bar_events import before, rules
from streams.market.session import trading_day_of
from streams.market.symbol_state import begin_day, empty_rows
from streams.market.totals import REGULAR
from tests.unit.market.builders import (
    DAY,
    HALF_DAY,
    MINUTE,
    NEXT_DAY,
    SECOND,
    Columns,
    bar,
    clock,
    known_of_all,
    uncompiled,
)

NOON: Final = DAY.open + 150 * MINUTE
STEADY: Final = [(300 * step, 10_000.0 * step) for step in range(193)]


def kinds(columns: Columns) -> list[str]:
    """Return the kinds of all events, sorted."""
    return sorted(event.kind for event in columns.events)


def test_rules_are_a_minute_and_no_increment_unless_told() -> None:
    """One element each, as the fold takes them."""
    assert [rule.tolist() for rule in rules()] == [[60_000], [0.0]]
    assert [rule.tolist() for rule in rules(5, 0.25)] == [[5], [0.25]]


def test_what_was_before_a_bar() -> None:
    """The session's extremes and the newest time."""
    rows = empty_rows(1)
    uncompiled(begin_day)(rows[0], 1)
    rows["high"][0, REGULAR], rows["low"][0, REGULAR], rows["price_time"] = 3.0, 2.0, 9

    assert uncompiled(before)(rows[0], REGULAR) == (3.0, 2.0, 9)


def test_a_first_bar_makes_no_event_but_a_spike() -> None:
    """It is above and below nothing."""
    columns = Columns(known_of=known_of_all(STEADY, prev_close=5.0))
    columns.fold(bar("A", NOON, 10.0, 1000.0), bar("B", NOON, 10.0, 1e6))

    assert [(event.kind, event.ticker) for event in columns.events] == [("volume_spike", "B")]


def test_a_late_bar_makes_highs_and_breakouts_only() -> None:
    """Where the price is now it does not say."""
    columns = Columns(known_of=known_of_all(STEADY, prev_close=10.0), event_rules=rules(0))
    columns.fold(bar("A", DAY.open, 9.0), bar("A", NOON, 9.0, low=8.0))
    columns.events.clear()
    columns.fold(bar("A", NOON - MINUTE, 11.0, 1e6, high=12.0))

    assert kinds(columns) == ["new_high", *["opening_range_up"] * 4]
    assert {event.time for event in columns.events} == {NOON - MINUTE + SECOND}


def test_a_correction_of_the_newest_bar_says_where_the_price_is() -> None:
    """It is as new as what it replaces."""
    columns = Columns(known_of=known_of_all(STEADY, prev_close=10.0))
    columns.fold(bar("A", NOON, 9.0), bar("A", NOON + SECOND, 9.0))
    columns.fold(bar("A", NOON + SECOND, 11.0, 1e6))

    assert kinds(columns) == ["new_high", "prev_close_cross_up", "volume_spike"]


def test_a_duplicate_makes_no_event_again() -> None:
    """Neither sent again nor read again."""
    columns = Columns(known_of=known_of_all(STEADY, prev_close=10.0), event_rules=rules(0))
    records = [bar("A", NOON, 9.0), bar("A", NOON + MINUTE, 11.0, 1e6)]
    columns.fold(*records)
    found = list(columns.events)
    columns.fold(records[1], records[1])
    columns.offset = 0
    columns.fold(*records)

    assert columns.events == found
    assert len(found) == 3


def test_on_another_day_than_is_known_nothing_is_known() -> None:
    """A bar of yesterday's, when what is known is today's already: its close and its usual volume are not."""
    columns = Columns(known_of=known_of_all(STEADY, prev_close=10.0))
    columns.fold(bar("A", DAY.end - 2 * MINUTE, 9.0), bar("B", NEXT_DAY.start))
    columns.fold(bar("A", DAY.end - MINUTE, 11.0, 1e6))

    assert kinds(columns) == ["new_high"]


def test_the_first_bar_after_the_close_of_a_half_day() -> None:
    """It begins a session: no new high, no breakout, and yet a crossing of the previous close."""
    columns = Columns(known_of=known_of_all(prev_close=10.0))
    columns.fold(bar("A", HALF_DAY.open, 9.0), bar("A", HALF_DAY.close, 11.0))

    assert kinds(columns) == ["prev_close_cross_up"]
    assert {event.session for event in columns.events} == {2}


def test_the_year_ends_like_any_day() -> None:
    """The last session of a year and the first of the next: sides, highs and counts begin anew."""
    columns = Columns(known_of=known_of_all(prev_close=10.0))
    for day in (trading_day_of(date(2025, 12, 31)), trading_day_of(date(2026, 1, 2))):
        columns.events.clear()
        columns.fold(bar("A", day.open, 9.0), bar("A", day.end - SECOND, 11.0), clock(day.end))

        assert kinds(columns) == ["prev_close_cross_up"]


def test_a_storm_of_corrections_tells_each_kind_once() -> None:
    """The same bar fifty times, higher every time."""
    columns = Columns(known_of=known_of_all(STEADY, prev_close=10.0))
    columns.fold(bar("A", DAY.open, 9.0))
    columns.fold(*(bar("A", NOON, 10.0 + n, 1e5 * n) for n in range(1, 51)))

    expected = ["new_high", *["opening_range_up"] * 4, "prev_close_cross_up", "volume_spike"]
    assert kinds(columns) == expected
    assert columns.row("A")["bars"] == 2
    assert np.isclose(columns.row("A")["volume"], 100.0 + 5e6)

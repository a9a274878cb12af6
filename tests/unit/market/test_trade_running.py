"""Running up and down: fast, stepwise, and not too often."""

import math
from collections.abc import Sequence

import pytest

from schemas.records import Clock, Trade
from streams.market.events import RUNNING_DOWN, RUNNING_UP
from tests.unit.market.builders import DAY, HALF_DAY, MINUTE, SECOND
from tests.unit.market.trade_builders import TradeColumns, trade

USUAL = math.sqrt(390)
"""An average true range with which the usual move of a minute is a dollar."""
NOON = DAY.open + 150 * MINUTE


def path(prices: Sequence[float], start: int = NOON, step: int = 5 * SECOND) -> list[Trade | Clock]:
    """Return trades at prices, one each ``step``."""
    return [trade("A", start + index * step, price) for index, price in enumerate(prices)]


def runs(*records: Trade | Clock, atr: float = USUAL) -> list[tuple[int, int, float, float, int, int]]:
    """Return the events of a log: kind, length, value, level, count, seconds since noon."""
    columns = TradeColumns(atr={"A": atr})
    for record in records:
        columns.fold(record)
    return [
        (
            item["kind"],
            item["first_level"],
            item["value"],
            item["level"],
            item["count"],
            (item["time"] - NOON) // SECOND,
        )
        for events in columns.events
        for item in events
    ]


UP = [10.0, 10.5, 11.0, 11.5, 12.0, 12.5]
SLOW = [10.0 + 0.2 * index for index in range(14)]


def test_running_up_over_20_seconds() -> None:
    """Half a dollar each 5 seconds is 6 dollars per minute; it is noted once."""
    assert runs(*path(UP)) == [(RUNNING_UP, 20, 6.0, 10.0, 1, 20)]


def test_running_down_is_the_mirror() -> None:
    """The value is negative."""
    assert runs(*path([20.0 - price for price in UP])) == [(RUNNING_DOWN, 20, -6.0, 10.0, 1, 20)]


def test_running_over_60_seconds() -> None:
    """A move of 2.4 usual minutes in a minute runs over 60 seconds, not over 20."""
    found = runs(*path(SLOW))

    assert [event[:2] for event in found] == [(RUNNING_UP, 60)]
    assert found[0][2] == pytest.approx(2.4)
    assert found[0][5] == 60


@pytest.mark.parametrize(("atr", "events"), [(USUAL * 6 / 3.5, 1), (USUAL * 6 / 3.4, 0)])
def test_the_threshold(atr: float, events: int) -> None:
    """3.5 usual moves of a minute are enough, over 20 seconds."""
    assert len(runs(*path(UP[:5]), atr=atr)) == events


@pytest.mark.parametrize("atr", [math.nan, 0.0])
def test_without_an_average_true_range(atr: float) -> None:
    """Nothing says what is fast."""
    assert runs(*path(UP), atr=atr) == []


@pytest.mark.parametrize(
    ("prices", "events"),
    [
        ((10.0, 10.0, 10.0, 10.0, 13.0), 0),  # one step
        ((10.0, 10.0, 11.0, 11.0, 13.0), 0),  # two
        ((10.0, 11.0, 12.0, 12.0, 13.0), 1),  # three, and one that is none
        ((10.0, 12.0, 11.0, 12.0, 13.0), 1),  # three of four
        ((10.0, 12.0, 11.0, 11.0, 13.0), 0),  # two of three
    ],
)
def test_a_run_is_stepwise(prices: Sequence[float], events: int) -> None:
    """Three steps at least from second to second, three quarters of them the move's way."""
    assert len(runs(*path(prices))) == events


def test_steps_are_those_of_seconds() -> None:
    """Trades within a second make one step, from the last price before to its last price."""
    busy = [trade("A", NOON + 20 * SECOND, 10.0 + 0.5 * index) for index in range(8)]

    assert runs(trade("A", NOON, 10.0), *busy) == []


@pytest.mark.parametrize(("pause", "counts"), [(59_999, [1]), (60_000, [1, 2])])
def test_cooldown(pause: int, counts: list[int]) -> None:
    """The next event of a kind comes a minute later at the earliest, and says how many there were today."""
    first = path(UP[:5])
    second = [trade("A", NOON + 20 * SECOND + pause - 5 * SECOND * (4 - place), UP[place] + 2.0) for place in range(5)]
    found = [event for event in runs(*first, *second) if event[1] == 20]

    assert [event[4] for event in found] == counts


def test_a_late_trade_makes_no_event() -> None:
    """Nor does one that cannot set the last price, nor one older than its ticker's newest second."""
    late = trade("A", NOON + 14 * SECOND, 13.0)
    odd = trade("A", NOON + 20 * SECOND, 13.0, 5.0, 37)
    ahead = trade("A", NOON + 30 * SECOND, 13.0, 5.0, 37)

    assert runs(*path(UP[:4]), late, odd) == []
    assert runs(*path(UP[:4]), ahead, *path(UP)[4:5]) == []


def test_events_say_where_and_when() -> None:
    """Session, price and momentum; the next day counts anew."""
    columns = TradeColumns(atr={"A": USUAL})
    columns.fold(*path(UP, DAY.open - 5 * SECOND), *path(UP, HALF_DAY.close))
    (before, after) = [item for events in columns.events for item in events]

    assert (before["session"], before["price"], before["second_level"], before["time"]) == (
        1,
        12.0,
        6.0,
        DAY.open + 15 * SECOND,
    )
    assert (after["session"], after["count"]) == (2, 1)

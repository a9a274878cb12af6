"""Events follow from each ticker's bars in their order, and from nothing else; each has a name of its own."""

from collections import defaultdict
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Aggregate, Clock
from streams.market.bar_events import Rules
from tests.property.market_logs import CURVE, FACTS, RULES, interleavings, logs
from tests.unit.market.builders import SECOND, Columns, Told, known_of_all, rows_of

Log = list[Aggregate | Clock]
NAMED_BY_VALUE: Final = {"opening_range_up", "opening_range_down"}
RARE: Final = {"opening_range_up", "opening_range_down", "entered", "left"}
"""Kinds that no cooldown holds back."""


def new(event_rules: Rules) -> Columns:
    """Return columns whose tickers are known."""
    return Columns(known_of=known_of_all(CURVE, **FACTS), event_rules=event_rules)


def name_of(event: Told) -> tuple[object, ...]:
    """Return what an alert's id is made of."""
    more = event.value if event.kind in NAMED_BY_VALUE else event.first_level if event.kind in RARE else None
    return event.kind, event.ticker, event.time, more


@given(logs(), RULES)
def test_no_two_events_have_one_name(log: Log, event_rules: Rules) -> None:
    """Whatever is corrected, late or repeated: nobody is told the same thing twice."""
    columns = new(event_rules)
    columns.fold(*log)
    names = [name_of(event) for event in columns.events]

    assert len(set(names)) == len(names)


@given(logs(), RULES, st.data())
def test_any_order_that_keeps_each_tickers_own(log: Log, event_rules: Rules, data: st.DataObject) -> None:
    """The same events, as a set."""
    first, second = new(event_rules), new(event_rules)
    first.fold(*log)
    second.fold(*data.draw(interleavings(log)))

    assert set(first.events) == set(second.events)


@given(logs(), RULES, st.sets(st.integers(0, 60)))
def test_looking_changes_nothing(log: Log, event_rules: Rules, looks: set[int]) -> None:
    """Evaluating after any records changes no event and no row: it moves only the windows that are shown."""
    alone, watched = new(event_rules), new(event_rules)
    alone.fold(*log)
    for number, record in enumerate(log):
        watched.fold(record)
        if number in looks:
            watched.lines()

    assert watched.events == alone.events
    assert rows_of(watched.partition) == rows_of(alone.partition)
    assert watched.lines()[1].tobytes() == alone.lines()[1].tobytes()


@given(logs(), RULES)
def test_events_are_of_bars_that_came(log: Log, event_rules: Rules) -> None:
    """A high, a low and a crossing have the price of a bar that ended then, beyond the level; counts only go up."""
    columns = new(event_rules)
    columns.fold(*log)
    bars = defaultdict(list)
    for record in log:
        if isinstance(record, Aggregate):
            bars[record.ticker, record.start_time + SECOND].append(record)

    for event in columns.events:
        if event.kind in {"entered", "left"}:
            continue
        assert event.price is not None
        assert event.level is not None
        field = {"new_high": "high", "opening_range_up": "high", "new_low": "low", "opening_range_down": "low"}
        prices = [getattr(bar, field.get(event.kind, "close")) for bar in bars[event.ticker, event.time]]
        assert event.price in prices
        if event.kind.endswith(("high", "up")):
            assert event.price > event.level
        elif event.kind.endswith(("low", "down")):
            assert event.price < event.level


@given(logs())
def test_a_cooldown_holds_within_a_session(log: Log) -> None:
    """Two events of a kind and ticker are at least a minute apart, but for the first new high or low of a session."""
    columns = Columns(known_of=known_of_all(CURVE, **FACTS))
    columns.fold(*log)
    last: dict[tuple[str, str], int] = {}
    for event in columns.events:
        if event.kind not in RARE:
            key = event.kind, event.ticker
            assert event.count == 1 or key not in last or event.time >= last[key] + 60 * SECOND
            last[key] = event.time

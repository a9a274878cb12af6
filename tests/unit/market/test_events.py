"""Events: room for them, blank fields, and taking them out."""

import numpy as np

from streams.market.events import (
    KINDS,
    NEW_HIGH,
    ROOM,
    RUNNING_UP,
    VOLUME_SPIKE,
    add_event,
    empty_events,
    has_room,
    new_log,
    take_events,
)
from streams.market.symbol_state import BAR_KINDS
from tests.unit.market.builders import DAY, MINUTE, Columns, bar, known_of_all, uncompiled


def test_an_event_is_blank_but_for_what_is_said() -> None:
    """Whatever stood in its place before, the fields that are not given are NaN or 0."""
    events, used = empty_events(1), np.zeros(1, np.int64)
    events["level"] = events["first_level"] = 7.0
    events["count"] = events["session"] = 7

    event = uncompiled(add_event)(events, used, RUNNING_UP, 2, 3, 4.0)

    assert KINDS[event.kind] == "running_up"
    assert (event.row, event.time, event.price, event["count"], event.session) == (2, 3, 4.0, 0, 0)
    assert np.isnan([event.level, event.value, event.first_level, event.second_level]).all()


def test_taking_events_empties_the_array() -> None:
    """What is taken is a copy: the places are used again."""
    log = new_log(32)
    uncompiled(add_event)(*log, RUNNING_UP, 2, 3, 4.0)
    taken = take_events(*log)
    uncompiled(add_event)(*log, RUNNING_UP, 9, 9, 9.0)

    assert taken["row"].tolist() == [2]
    assert log.used[0] == 1


def test_there_is_room_for_all_events_of_a_record() -> None:
    """A log says that it has room only while those of one more record fit."""
    log = new_log(17)

    assert uncompiled(has_room)(log)
    uncompiled(add_event)(*log, RUNNING_UP, 0, 0, 0.0)
    assert uncompiled(has_room)(log)
    uncompiled(add_event)(*log, RUNNING_UP, 0, 0, 0.0)
    assert not uncompiled(has_room)(log)


def test_the_kinds_that_bars_make_come_first() -> None:
    """A row remembers the last event of each of them."""
    assert (NEW_HIGH, VOLUME_SPIKE) == (0, BAR_KINDS - 1)
    assert len(set(KINDS)) == len(KINDS)


def test_no_bar_makes_more_events_than_there_is_room_for() -> None:
    """A new high and low, a crossing of both levels, every opening range both ways, a spike."""
    columns = Columns(known_of=known_of_all([(0, 1.0), (24_000, 2.0)], prev_close=10.0))
    columns.fold(bar("A", DAY.open, 9.0))
    columns.fold(bar("A", DAY.open + 70 * MINUTE, 11.0, 1e9, high=12.0, low=8.0))

    assert sorted(event.kind for event in columns.events) == [
        "new_high",
        "new_low",
        *["opening_range_down"] * 4,
        *["opening_range_up"] * 4,
        "prev_close_cross_up",
        "volume_spike",
    ]
    assert len(columns.events) < ROOM


def test_more_events_than_there_is_room_for_are_all_told() -> None:
    """The fold stops, its caller takes them out, and it goes on."""
    roomy, tight = Columns(), Columns()
    tight.partition = tight.partition._replace(log=new_log(ROOM))
    records = [bar(f"T{n % 50}", DAY.open + n * MINUTE // 50, 10.0 + n) for n in range(500)]

    for columns in (roomy, tight):
        assert columns.fold(*records) == ["folded"] * 500
    assert tight.events == roomy.events
    assert len(roomy.events) > 400

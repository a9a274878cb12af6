"""Events: room for them, blank fields, and taking them out."""

import numpy as np

from streams.market.events import KINDS, RUNNING_UP, add_event, empty_events, has_room, new_log, take_events
from tests.unit.market.builders import uncompiled


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

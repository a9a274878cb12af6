"""What happened to a ticker while its records were folded: events, which become alerts (``schemas/avro/alert.avsc``).

A fold writes them into an array that its caller empties: it stops where the array is full, and goes on after that.
"""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place

KINDS: Final = (
    "new_high",
    "new_low",
    "vwap_cross_up",
    "vwap_cross_down",
    "prev_close_cross_up",
    "prev_close_cross_down",
    "opening_range_up",
    "opening_range_down",
    "volume_spike",
    "running_up",
    "running_down",
    "halted",
    "resumed",
    "entered",
    "left",
)
"""The kinds' names, by the numbers that kernels use for them."""
(
    NEW_HIGH,
    NEW_LOW,
    VWAP_CROSS_UP,
    VWAP_CROSS_DOWN,
    PREV_CLOSE_CROSS_UP,
    PREV_CLOSE_CROSS_DOWN,
    OPENING_RANGE_UP,
    OPENING_RANGE_DOWN,
    VOLUME_SPIKE,
    RUNNING_UP,
    RUNNING_DOWN,
    HALTED,
    RESUMED,
    ENTERED,
    LEFT,
) = range(len(KINDS))

EVENT: Final = np.dtype(
    (
        np.record,
        [
            ("kind", "i8"),  # index into KINDS
            ("row", "i8"),  # of the partition: whose event it is
            ("time", "i8"),  # of the record that made it, ms since the epoch (UTC)
            ("price", "f8"),  # that made it, dollars; NaN where there is none
            ("level", "f8"),  # what was passed, or where the move began, dollars
            ("value", "f8"),  # of the kind's own measure
            ("count", "i8"),  # how often today, this one included
            ("session", "i8"),  # of the time, by its number
            ("first_level", "f8"),  # more of the kind's own figures; NaN where it has none
            ("second_level", "f8"),
        ],
    )
)
"""One event; 80 bytes."""

Events: TypeAlias = npt.NDArray[np.void]
Event: TypeAlias = np.record
"""One element of an array of ``EVENT``; compiled functions take it by reference."""

STOP_EVENTS: Final = -3
"""Answer of a fold that stopped for want of room for events."""


def empty_events(count: int) -> Events:
    """Return room for events."""
    return np.zeros(count, EVENT)


@compiled_in_place
def add_event(events: Events, used: npt.NDArray[np.int64], kind: int, row: int, time: int, price: float) -> Event:
    """Take the next free event (there must be one) for a kind, row, time and price; return it.

    ``used`` has one element: the number of events in the array. The other fields are blank: NaN or 0.
    """
    event: Event = events[used[0]]
    used[0] += 1
    event.kind = kind
    event.row = row
    event.time = time
    event.price = price
    event.level = event.value = event.first_level = event.second_level = np.nan
    event.count = event.session = 0
    return event


def take_events(events: Events, used: npt.NDArray[np.int64]) -> Events:
    """Return a copy of the events, and empty the array."""
    taken = events[: int(used[0])].copy()
    used[0] = 0
    return taken


ROOM: Final = 16
"""Events that one bar can make at most."""
CAPACITY: Final = 4096


class EventLog(NamedTuple):
    """Room for events, and how many there are (one element)."""

    events: Events
    used: npt.NDArray[np.int64]


def new_log(capacity: int = CAPACITY) -> EventLog:
    """Return a log without events."""
    return EventLog(empty_events(capacity), np.zeros(1, np.int64))


@compiled_in_place
def has_room(log: EventLog) -> bool:
    """Return whether the events of one more bar fit."""
    return bool(log.used[0] + ROOM <= len(log.events))

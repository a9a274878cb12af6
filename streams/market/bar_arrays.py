"""What the fold of ``aggregates`` works on: the arrays of a partition, a batch of records, how far it is."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.bar_events import Rules
from streams.market.corrections import Chains, Free, Nodes
from streams.market.events import EventLog
from streams.market.symbol_state import Rows
from streams.market.ticker_index import Bytes, Integers
from streams.market.windows import Windows

AGGREGATE, CLOCK = range(2)
"""Kinds of record, as the decoder numbers them."""

STOP_ROWS, STOP_NODES, STOP_DAY, STOP_CLOCK = -1, -2, -4, -6
"""Answers of ``fold`` where it stopped: for want of rows, of nodes, of what is known of a day; after a clock."""

PROGRESS: Final = np.dtype(
    (
        np.record,
        [
            ("event_time", "i8"),  # newest event time folded, ms since the epoch
            ("complete_through", "i8"),  # newest clock record
            ("window", "i8"),  # start of the window for corrections; bars that ended at or before it are too late
            ("source", "i8"),  # written into each row: the topic and length of bar it is folded from
            ("interval_ms", "i8"),  # the one length of bar that is folded
            (
                "resume_offset",
                "i8",
            ),  # records before this offset were folded by an earlier life: they fill the pool only
            ("day", "i8"),  # index into the calendar's edges
            ("next_record", "i8"),  # of the batch: the first that was not folded
            ("next_day", "i8"),  # where ``fold`` stopped for it: 04:00 of the trading date that is next
        ],
    )
)
"""How far a partition is; one element."""

Progress = np.record


class Partition(NamedTuple):
    """The arrays a partition is made of; ``fold`` changes them in place."""

    rows: Rows
    tickers: Bytes
    slots: Integers
    used: Integers
    """One element: the number of rows in use."""
    dirty: npt.NDArray[np.bool_]
    nodes: Nodes
    chains: Chains
    free: Free
    windows: Windows
    log: EventLog
    rules: Rules
    progress: npt.NDArray[np.void]


class Batch(NamedTuple):
    """Decoded records, in the log's order."""

    buffer: Bytes
    kinds: Integers
    offsets: Integers
    bars: npt.NDArray[np.void]
    clocks: npt.NDArray[np.void]
    outcomes: npt.NDArray[np.uint8]


@compiled_in_place
def day_index(edges: Integers, day: int, time: int) -> int:
    """Return the index of the newest trading day whose 04:00 has come at ``time``; ``day`` is a guess."""
    while day + 1 < len(edges) and edges[day + 1, 0] <= time:
        day += 1
    while day > 0 and edges[day, 0] > time:
        day -= 1
    return day


@compiled_in_place
def move_clock(progress: Progress, event_time: int, edges: Integers) -> bool:
    """Move a partition's clock, which never goes back, and its event time with it; return whether it has moved."""
    if event_time <= progress.complete_through:
        return False
    progress.complete_through = event_time
    if event_time > progress.event_time:
        progress.event_time = event_time
        progress.day = day_index(edges, progress.day, event_time)
    return True

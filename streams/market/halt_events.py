"""Which events a record of ``halts`` makes: a halt, once, whoever tells of it first, and its end, once it is known.

Both carry in ``first_level`` when the halt began as ``halted`` told it (ms since the epoch), which tells the ticker's
halts apart. The event ``resumed`` has the time at which trading resumes, which may still be to come.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.bar_arrays import day_index
from streams.market.events import HALTED, RESUMED, Event, add_event
from streams.market.halt_state import HaltRow
from streams.market.halts import resumption
from streams.market.ticker_index import Integers

if TYPE_CHECKING:
    from streams.market.halt_fold import HaltPartition

CLOSED: Final = 3
"""Number of the time between the post-market and the next trading date (``session.SESSIONS``)."""


@compiled_in_place
def session_number(edges: Integers, day: int, time: int) -> int:
    """Return the number of an instant's session on the trading day with index ``day``."""
    for session in range(CLOSED):
        if time < edges[day, session + 1]:
            return session
    return CLOSED


@compiled_in_place
def describe(event: Event, row: HaltRow, session: int) -> None:
    """Write into an event what both kinds say of the row's halt."""
    event.session = session
    event.value = row.reason
    event.count = row.halts_today
    event.first_level = row.told_halt


@compiled_in_place
def find_halt_events(partition: "HaltPartition", number: int, edges: Integers, day: int) -> None:
    """Note what the row's halt has made happen and no event has told; ``day`` is a guess at an index into edges."""
    row = partition.rows[number]
    log = partition.log
    if row.halt_time == 0:
        return
    if row.told_halt == 0:
        row.told_halt = row.halt_time
        day = day_index(edges, day, row.halt_time)
        event = add_event(log.events, log.used, HALTED, number, row.halt_time, np.nan)
        describe(event, row, session_number(edges, day, row.halt_time))
        event.level = row.pause_price
    resumes = resumption(row)
    if resumes != 0 and row.told_resumption == 0:
        row.told_resumption = 1
        day = day_index(edges, day, resumes)
        event = add_event(log.events, log.used, RESUMED, number, resumes, np.nan)
        describe(event, row, session_number(edges, day, resumes))

"""Which events a bar makes, once it has been folded into its row."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.bars import Bar
from streams.market.breaks import find_new_high, find_new_low
from streams.market.crossings import find_crossings
from streams.market.known import Known
from streams.market.opening_range import find_breakouts
from streams.market.symbol_state import Row
from streams.market.totals import REGULAR
from streams.market.volume_spike import SPIKE_MS, find_spike
from streams.market.windows import SPIKE_WINDOW, expire, volume_in

if TYPE_CHECKING:
    from streams.market.bar_arrays import Partition


class Rules(NamedTuple):
    """How often events are made; one element each."""

    cooldown_ms: npt.NDArray[np.int64]
    """Shortest time between two events of one kind of a ticker."""
    increment: npt.NDArray[np.float64]
    """Dollars by which a new high or low must go beyond the last one that made an event."""


class Before(NamedTuple):
    """What a row said before a bar."""

    high: float
    low: float
    price_time: int


def rules(cooldown_ms: int = 60_000, increment: float = 0.0) -> Rules:
    """Return rules as the fold takes them."""
    return Rules(np.array([cooldown_ms], np.int64), np.array([increment], np.float64))


@compiled_in_place
def before(row: Row, session: int) -> Before:
    """Return what the row says of a session now."""
    return Before(row.high[session], row.low[session], row.price_time)


@compiled_in_place
def find_events(  # noqa: PLR0913, PLR0917 - compiled code passes arrays and numbers, not objects
    partition: "Partition", number: int, bar: Bar, session: int, opens: int, earlier: Before, known: Known
) -> None:
    """Note what a bar that has been folded has made happen.

    A late bar may be a new high, but says nothing of where the price is now; of a day that is not the one that
    ``known`` is of, nothing is known.
    """
    row = partition.rows[number]
    log = partition.log
    cooldown_ms = partition.rules.cooldown_ms[0]
    increment = partition.rules.increment[0]
    find_new_high(log, number, row, bar, session, earlier.high, cooldown_ms, increment)
    find_new_low(log, number, row, bar, session, earlier.low, cooldown_ms, increment)
    if session == REGULAR:
        find_breakouts(log, number, row, bar, opens)
    end = bar.start_time + bar.interval_ms
    if end < earlier.price_time:
        return
    is_known = row.day_start == known.day_start
    previous_close = known.facts[number].prev_close if is_known else np.nan
    find_crossings(log, number, row, bar, session, previous_close, cooldown_ms)
    if is_known and known.curves.sample_days[number] > 0:
        expire(partition.windows, partition.nodes, number, SPIKE_WINDOW, end - SPIKE_MS, bar.interval_ms)
        volume = volume_in(partition.windows, number, SPIKE_WINDOW)
        find_spike(log, number, row, bar, session, volume, known.curves, cooldown_ms)

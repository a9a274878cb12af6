"""The fold of ``halts``: decoded records of one partition, in the log's order, into its rows."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.avro_kernels import NO_INTEGER, Integer, read_integer
from schemas.compiled import compiled_in_place
from streams.market.bar_arrays import STOP_ROWS, day_index, move_clock
from streams.market.events import STOP_EVENTS, EventLog, has_room
from streams.market.halt_codes import PAUSE, UNKNOWN, pack
from streams.market.halt_events import find_halt_events
from streams.market.halt_state import HaltRow, HaltRows, begin_halt_day
from streams.market.halts import list_halt, list_times, pause_begins, pause_ends, take_limits
from streams.market.outcomes import BAD_TICKER, CLOCKED, FOLDED, SKIPPED, UNDECODABLE
from streams.market.ticker_index import FULL, Bytes, Integers, find_or_add, is_ticker

BAND, HALT, CLOCK = range(3)
"""Kinds of record, as the decoder numbers them."""

PAUSED: Final = 17
RESUMED: Final = 18
"""Indicators of a limit-up limit-down message; they come for stocks listed on Nasdaq only."""
BAD_ROW: Final = -2
"""Answer of ``row_for`` where a record's ticker is none."""


class HaltPartition(NamedTuple):
    """The arrays a partition is made of; ``fold_halts`` changes them in place."""

    rows: HaltRows
    tickers: Bytes
    slots: Integers
    used: Integers
    """One element: the number of rows in use."""
    dirty: npt.NDArray[np.bool_]
    log: EventLog
    progress: npt.NDArray[np.void]
    """One element of ``fold.PROGRESS``; the window follows the clock, for no record is read twice."""


class HaltBatch(NamedTuple):
    """Decoded records, in the log's order."""

    buffer: Bytes
    kinds: Integers
    offsets: Integers
    bands: npt.NDArray[np.void]
    halts: npt.NDArray[np.void]
    clocks: npt.NDArray[np.void]
    outcomes: npt.NDArray[np.uint8]


@compiled_in_place
def has_indicator(buffer: Bytes, start: int, count: int, wanted: int) -> bool:
    """Return whether one of ``count`` integers, encoded from ``start`` on, is ``wanted`` (not negative)."""
    position: Integer = start
    for _ in range(count):
        value, position = read_integer(buffer, position, len(buffer))
        if value == wanted:
            return True
    return False


@compiled_in_place
def or_none(time: int) -> int:
    """Return a decoded time, 0 for null."""
    return 0 if time == NO_INTEGER else time


@compiled_in_place
def take_band(row: HaltRow, buffer: Bytes, band: np.record, opens: int, closes: int) -> None:
    """Take a limit-up limit-down message into a row: its bands, and what its indicators say.

    The message does not say why trading stops; within the regular session it is taken for a volatility pause.
    """
    take_limits(row, band.event_time, band.high_limit, band.low_limit)
    if has_indicator(buffer, band.indicators_start, band.indicators_length, PAUSED):
        pause_begins(row, band.event_time, PAUSE if opens <= band.event_time < closes else UNKNOWN)
    if has_indicator(buffer, band.indicators_start, band.indicators_length, RESUMED):
        pause_ends(row, band.event_time)


@compiled_in_place
def take_halt(row: HaltRow, buffer: Bytes, halt: np.record) -> None:
    """Take what an exchange lists into a row."""
    code = pack(buffer, halt.reason_start, halt.reason_length)
    if list_halt(row, halt.halt_time, halt.event_time, code):
        list_times(row, halt.pause_price, or_none(halt.quote_time), or_none(halt.trade_time))


@compiled_in_place
def is_new(partition: HaltPartition, row: int, event_time: int, offset: int, edges: Integers) -> bool:
    """Note a record's event time; return whether its row does not have it yet, after beginning the day it needs."""
    progress = partition.progress[0]
    state = partition.rows[row]
    day = day_index(edges, progress.day, event_time)
    if event_time > progress.event_time:
        progress.event_time = event_time
        progress.day = day
    if offset < progress.resume_offset or offset <= state.offset:
        return False
    if edges[day, 0] > state.day_start:
        begin_halt_day(state, edges[day, 0])
    state.source = progress.source
    state.offset = offset
    partition.dirty[row] = True
    return True


@compiled_in_place
def fold_record(partition: HaltPartition, batch: HaltBatch, record: int, row: int, edges: Integers) -> int:
    """Fold a record that is no clock into its row, unless the row has it; return the outcome."""
    is_band = batch.kinds[record] == BAND
    time = batch.bands[record].event_time if is_band else batch.halts[record].event_time
    if not is_new(partition, row, time, batch.offsets[record], edges):
        return SKIPPED
    state = partition.rows[row]
    day = day_index(edges, partition.progress[0].day, time)
    if is_band:
        take_band(state, batch.buffer, batch.bands[record], edges[day, 1], edges[day, 2])
    else:
        take_halt(state, batch.buffer, batch.halts[record])
    find_halt_events(partition, row, edges, day)
    return FOLDED


@compiled_in_place
def fold_clock(partition: HaltPartition, event_time: int, edges: Integers) -> None:
    """Move the partition's clock, and the window with it."""
    if move_clock(partition.progress[0], event_time, edges):
        partition.progress[0].window = event_time


@compiled_in_place
def row_for(partition: HaltPartition, batch: HaltBatch, record: int) -> int:
    """Return the row of a record's ticker; ``FULL`` where there is no room, ``BAD_ROW`` where it is none."""
    is_band = batch.kinds[record] == BAND
    start = batch.bands[record].ticker_start if is_band else batch.halts[record].ticker_start
    length = batch.bands[record].ticker_length if is_band else batch.halts[record].ticker_length
    if not is_ticker(batch.buffer, start, length):
        return BAD_ROW
    return find_or_add(partition.tickers, partition.slots, partition.used, batch.buffer, start, length)


@compiled_in_place
def fold_halts(partition: HaltPartition, batch: HaltBatch, start: int, edges: Integers) -> int:
    """Fold the records from ``start`` on; return how many are done, or ``STOP_ROWS`` or ``STOP_EVENTS``.

    The caller then makes room, or takes the events out, and calls again with ``progress.next_record``.
    """
    progress = partition.progress[0]
    for record in range(start, len(batch.kinds)):
        kind = batch.kinds[record]
        # What an earlier life of this state could not use, it has reported.
        is_told = batch.offsets[record] < progress.resume_offset
        outcome = SKIPPED if is_told else UNDECODABLE
        if kind == CLOCK:
            fold_clock(partition, batch.clocks[record].event_time, edges)
            outcome = CLOCKED
        elif kind in (BAND, HALT):
            progress.next_record = record
            if not has_room(partition.log):
                return STOP_EVENTS
            row = row_for(partition, batch, record)
            if row == FULL:
                return STOP_ROWS
            outcome = SKIPPED if is_told else BAD_TICKER
            if row != BAD_ROW:
                outcome = fold_record(partition, batch, record, row, edges)
        batch.outcomes[record] = outcome
    return len(batch.kinds)

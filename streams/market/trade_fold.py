"""The fold: decoded records of one partition of ``trades``, in the log's order, into its rows."""

from typing import Final

import numpy as np

from schemas.avro_kernels import NO_INTEGER
from schemas.compiled import compiled_in_place
from streams.market.bar_arrays import CLOCK, STOP_DAY, STOP_ROWS, Progress, day_index, move_clock
from streams.market.events import STOP_EVENTS, has_room
from streams.market.outcomes import (
    BAD_TICKER,
    CLOCKED,
    FOLDED,
    OUTSIDE_SESSION,
    SKIPPED,
    TOO_LATE,
    UNDECODABLE,
)
from streams.market.print_ring import begin_ring, make_room
from streams.market.tick_rule import UNSIGNED, sign_of
from streams.market.ticker_index import FULL, Integers, find_or_add, is_ticker
from streams.market.totals import REGULAR, session_of
from streams.market.trade_arrays import Trade, TradeBatch, TradeKnown, TradePartition
from streams.market.trade_buckets import (
    SECONDS,
    Ticks,
    add_volume,
    bucket_of,
    clear,
    move_out,
    second_of,
    set_price,
    window_start,
)
from streams.market.trade_conditions import AGAIN, LAST, VOLUME, Rules, read_effect
from streams.market.trade_running import find_running
from streams.market.trade_state import TradeRow, add_to_day, begin_trade_day

TRADE: Final = 0
"""Kind of record, as the decoder numbers it; ``CLOCK`` is the other."""
STOP_POOL: Final = -5
"""Answer of ``fold_trades`` where it stopped for want of room for the last trades."""


@compiled_in_place
def is_recent(partition: TradePartition, row: int, second: int) -> bool:
    """Return whether a second is less than 64 behind the row's newest one and behind the clock."""
    newest = max(partition.heads[row].newest, second_of(partition.clock[0]))
    return bool(second > newest - SECONDS)


@compiled_in_place
def add_to_second(partition: TradePartition, ticks: Ticks, row: int, trade: Trade, flags: int) -> int:
    """Count a trade in its second, where that is one of the last, and take the tick, if it is one; return its side.

    ``ticks`` is the row, or its head while records that the row knows are read again.
    """
    time = trade.trade_time
    is_tick = bool(flags & LAST) and time >= ticks.price_time
    sign = sign_of(trade.price, ticks.price, ticks.sign) if is_tick else UNSIGNED
    second = second_of(time)
    if is_recent(partition, row, second):
        bucket = bucket_of(ticks, partition.heads[row], partition.buckets, row, second)
        if flags & VOLUME:
            add_volume(bucket, trade["size"], sign)
        if is_tick:
            set_price(bucket, trade.price, time, sign)
    elif is_tick:
        move_out(ticks, trade.price, time, sign)
    if is_tick:
        set_price(ticks, trade.price, time, sign)
    return sign


@compiled_in_place
def add_to_ring(partition: TradePartition, row: int, trade: Trade, sign: int, flags: int) -> None:
    """Put a trade among the row's last ones; there must be room."""
    ring = partition.rings[row]
    item = partition.pool.items[ring.start + partition.rows[row].trades % ring.room]
    item.price = trade.price
    item.shares = trade["size"]
    item.after_start = trade.trade_time - partition.rows[row].day_start
    item.exchange = -1 if trade.exchange == NO_INTEGER else trade.exchange
    item.sign = sign
    item.changes = flags


@compiled_in_place
def apply_trade(partition: TradePartition, row: int, trade: Trade, flags: int) -> bool:
    """Apply a trade of the row's day to the row; return whether it is a tick of the row's newest second."""
    state = partition.rows[row]
    is_tick = bool(flags & LAST) and trade.trade_time >= state.price_time
    sign = add_to_second(partition, state, row, trade, flags)
    if flags & VOLUME:
        add_to_ring(partition, row, trade, sign, flags)
        add_to_day(state, trade.price, trade["size"], trade.trade_time)
    return is_tick and bool(partition.heads[row].newest == second_of(trade.trade_time))


@compiled_in_place
def begin_day(partition: TradePartition, row: int, day_start: int) -> None:
    """Make a row that of a new trading date, where it is not yet."""
    state: TradeRow = partition.rows[row]
    if day_start > state.day_start:
        begin_trade_day(state, day_start)
        clear(partition.heads[row], partition.buckets, row)
    begin_ring(partition.pool, partition.rings[row], day_start)


@compiled_in_place
def fold_trade(  # noqa: PLR0913, PLR0917 - compiled code passes arrays and places, not objects
    partition: TradePartition,
    batch: TradeBatch,
    record: int,
    row: int,
    edges: Integers,
    rules: Rules,
    known: TradeKnown,
) -> int:
    """Decide what becomes of a trade, and fold it if it counts; return the outcome, or why the fold has to stop."""
    progress = partition.progress[0]
    state = partition.rows[row]
    trade = batch.trades[record]
    time = trade.trade_time
    offset = batch.offsets[record]
    day = day_index(edges, progress.day, time)
    day_start = edges[day, 0]
    if time < day_start or time >= edges[day, 3]:
        return OUTSIDE_SESSION
    if day_start > known.day_start:
        progress.next_day = day_start
        return STOP_DAY
    if time > progress.event_time:
        progress.event_time = time
        progress.day = day
    session = session_of(time, edges[day, 1], edges[day, 2])
    if offset < progress.resume_offset or offset <= state.offset:
        if day_start == state.day_start:
            flags = read_effect(batch.buffer, trade, rules, session == REGULAR, partition.unknown, AGAIN)
            add_to_second(partition, partition.heads[row], row, trade, flags)
        return SKIPPED
    if day_start < state.day_start:
        return TOO_LATE
    begin_day(partition, row, day_start)
    if not make_room(partition.pool, partition.rings[row], state.trades + 1):
        return STOP_POOL
    flags = read_effect(batch.buffer, trade, rules, session == REGULAR, partition.unknown, 0)
    if apply_trade(partition, row, trade, flags) and day_start == known.day_start and row < len(known.atr):
        find_running(partition, row, second_of(time), session, known.atr[row])
    state.source = progress.source
    state.offset = offset
    partition.dirty[row] = True
    return FOLDED


@compiled_in_place
def fold_trade_clock(partition: TradePartition, event_time: int, edges: Integers) -> None:
    """Move the partition's clock; it never goes back, but to where records are read again."""
    progress: Progress = partition.progress[0]
    partition.clock[0] = max(partition.clock[0], event_time)
    if move_clock(progress, event_time, edges):
        progress.window = max(progress.window, window_start(event_time))


@compiled_in_place
def is_possible(trade: Trade) -> bool:
    """Return whether price and size are positive numbers; the feed lets no others through."""
    return bool(0.0 < trade.price < np.inf and 0.0 < trade["size"] < np.inf)


@compiled_in_place
def fold_trades(
    partition: TradePartition, batch: TradeBatch, start: int, edges: Integers, rules: Rules, known: TradeKnown
) -> int:
    """Fold the records from ``start`` on; return how many of the batch are done, or why it stopped before its end.

    The caller then makes room, or takes the events out, or brings what is known of ``progress.next_day``, and calls
    again with ``progress.next_record``.
    """
    progress = partition.progress[0]
    for record in range(start, len(batch.kinds)):
        kind = batch.kinds[record]
        # What an earlier life of this state could not use, it has reported.
        is_told = batch.offsets[record] < progress.resume_offset
        outcome = SKIPPED if is_told else UNDECODABLE
        if kind == CLOCK:
            fold_trade_clock(partition, batch.clocks[record].event_time, edges)
            outcome = CLOCKED
        elif kind == TRADE and is_possible(batch.trades[record]):
            trade = batch.trades[record]
            progress.next_record = record
            if not has_room(partition.log):
                return STOP_EVENTS
            outcome = SKIPPED if is_told else BAD_TICKER
            text, length = trade.ticker_start, trade.ticker_length
            if is_ticker(batch.buffer, text, length):
                row = find_or_add(partition.tickers, partition.slots, partition.used, batch.buffer, text, length)
                if row == FULL:
                    return STOP_ROWS
                outcome = fold_trade(partition, batch, record, row, edges, rules, known)
                if outcome < 0:
                    return outcome
        batch.outcomes[record] = outcome
    return len(batch.kinds)

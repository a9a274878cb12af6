"""The fold: decoded records of one partition of ``aggregates``, in the log's order, into its rows."""

from schemas.compiled import compiled_in_place
from streams.market.bar_arrays import (
    AGGREGATE,
    CLOCK,
    STOP_CLOCK,
    STOP_DAY,
    STOP_NODES,
    STOP_ROWS,
    Batch,
    Partition,
    day_index,
    move_clock,
)
from streams.market.bar_events import before, find_events
from streams.market.bars import Bar, add_to_totals, update_prices, update_vendor_figures
from streams.market.corrections import (
    NONE,
    OLDEST,
    find,
    insert,
    rebuild_totals,
    release,
    settle,
    window_start,
)
from streams.market.events import STOP_EVENTS, has_room
from streams.market.known import Known
from streams.market.outcomes import (
    BAD_TICKER,
    CLOCKED,
    CORRECTED,
    FOLDED,
    OTHER_INTERVAL,
    OUTSIDE_SESSION,
    SKIPPED,
    TOO_LATE,
    UNDECODABLE,
)
from streams.market.symbol_state import begin_day
from streams.market.ticker_index import FULL, Integers, find_or_add, is_ticker
from streams.market.totals import session_of
from streams.market.windows import WINDOWS, clear_windows, correct, enter, expire


@compiled_in_place
def move_window(partition: Partition, edges: Integers) -> None:
    """Let the window follow the clock, and settle what falls out of it; rows that change are marked."""
    progress = partition.progress[0]
    window = window_start(progress.complete_through)
    if window <= progress.window:
        return
    progress.window = window
    interval = progress.interval_ms
    day = day_index(edges, progress.day, window)
    for row in range(partition.used[0]):
        if partition.chains[row, OLDEST] == NONE:
            continue
        day = day_index(edges, day, partition.rows[row].day_start)
        for each in range(WINDOWS):
            expire(partition.windows, partition.nodes, row, each, window, interval)
        if settle(
            partition.rows,
            partition.nodes,
            partition.chains,
            partition.free,
            row,
            window,
            interval,
            edges[day, 1],
            edges[day, 2],
        ):
            partition.dirty[row] = True


@compiled_in_place
def remember(partition: Partition, row: int, bar: Bar) -> bool:
    """Put a bar's values into its node, made where there is none; return whether there was one."""
    nodes = partition.nodes
    node = find(nodes, partition.chains, row, bar.start_time)
    known = node != NONE and nodes[node].start == bar.start_time
    if not known:
        node = insert(nodes, partition.chains, partition.free, row, node, bar.start_time)
    volume = nodes[node].volume
    nodes[node].high = bar.high
    nodes[node].low = bar.low
    nodes[node].close = bar.close
    nodes[node].volume = bar.volume
    if known:
        correct(partition.windows, row, bar.start_time + bar.interval_ms, volume, bar.volume)
    else:
        enter(partition.windows, nodes, row, node, bar.interval_ms)
    return known


@compiled_in_place
def fold_bar(  # noqa: PLR0913, PLR0917 - compiled code passes arrays and places, not objects
    partition: Partition, row: int, bar: Bar, offset: int, edges: Integers, day: int, known: Known
) -> int:
    """Fold a bar of the row's day, or of a newer one, into its row; return the outcome."""
    state = partition.rows[row]
    day_start, opens, closes = edges[day, 0], edges[day, 1], edges[day, 2]
    if day_start > state.day_start:
        release(partition.nodes, partition.chains, partition.free, row)
        clear_windows(partition.windows, row)
        begin_day(state, day_start)
    session = session_of(bar.start_time, opens, closes)
    earlier = before(state, session)
    corrected = remember(partition, row, bar)
    if corrected:
        rebuild_totals(state, partition.nodes, partition.chains[row, OLDEST], opens, closes)
    else:
        add_to_totals(state, bar, session, opens)
    update_prices(state, bar, session)
    update_vendor_figures(state, bar)
    find_events(partition, row, bar, session, opens, earlier, known)
    state.source = partition.progress[0].source
    state.offset = offset
    partition.dirty[row] = True
    return CORRECTED if corrected else FOLDED


@compiled_in_place
def fold_aggregate(partition: Partition, row: int, bar: Bar, offset: int, edges: Integers, known: Known) -> int:
    """Decide what becomes of a bar, and fold it if it counts; return the outcome, or ``STOP_DAY``."""
    progress = partition.progress[0]
    state = partition.rows[row]
    end = bar.start_time + bar.interval_ms
    if bar.interval_ms != progress.interval_ms:
        return OTHER_INTERVAL
    day = day_index(edges, progress.day, bar.start_time)
    day_start = edges[day, 0]
    if bar.start_time < day_start or bar.start_time >= edges[day, 3]:
        return OUTSIDE_SESSION
    if day_start > known.day_start:
        progress.next_day = day_start
        return STOP_DAY
    if end > progress.event_time:
        progress.event_time = end
        progress.day = day
    if offset < progress.resume_offset or offset <= state.offset:
        if day_start == state.day_start and end > max(progress.window, state.settled_until):
            remember(partition, row, bar)
        return SKIPPED
    if end <= progress.window or day_start < state.day_start:
        return TOO_LATE
    return fold_bar(partition, row, bar, offset, edges, day, known)


@compiled_in_place
def fold_clock(partition: Partition, event_time: int, edges: Integers) -> bool:
    """Move the partition's clock, and the window with it; return whether it has moved."""
    has_moved = move_clock(partition.progress[0], event_time, edges)
    if has_moved:
        move_window(partition, edges)
    return has_moved


@compiled_in_place
def fold(partition: Partition, batch: Batch, start: int, edges: Integers, known: Known) -> int:
    """Fold the records from ``start`` on; return how many of the batch are done, or why it stopped before its end.

    The caller then makes room, takes the events out, brings what is known of ``progress.next_day``, or looks at what
    the clock has completed, and calls again with ``progress.next_record``.
    """
    progress = partition.progress[0]
    for record in range(start, len(batch.kinds)):
        kind = batch.kinds[record]
        # What an earlier life of this state could not use, it has reported.
        is_told = batch.offsets[record] < progress.resume_offset
        outcome = SKIPPED if is_told else UNDECODABLE
        if kind == CLOCK:
            batch.outcomes[record] = CLOCKED
            if fold_clock(partition, batch.clocks[record].event_time, edges) and not is_told:
                progress.next_record = record + 1
                return STOP_CLOCK
            continue
        if kind == AGGREGATE:
            bar = batch.bars[record]
            progress.next_record = record
            if partition.free[0] == NONE:
                return STOP_NODES
            if not has_room(partition.log):
                return STOP_EVENTS
            outcome = SKIPPED if is_told else BAD_TICKER
            if is_ticker(batch.buffer, bar.ticker_start, bar.ticker_length):
                row = find_or_add(
                    partition.tickers,
                    partition.slots,
                    partition.used,
                    batch.buffer,
                    bar.ticker_start,
                    bar.ticker_length,
                )
                if row == FULL:
                    return STOP_ROWS
                outcome = fold_aggregate(partition, row, bar, batch.offsets[record], edges, known)
                if outcome == STOP_DAY:
                    return STOP_DAY
        batch.outcomes[record] = outcome
    return len(batch.kinds)

"""The columns of one partition of trades: making them, making room in them, and folding a whole batch."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from streams.market.bar_arrays import PROGRESS, STOP_DAY, STOP_ROWS
from streams.market.events import STOP_EVENTS, Events, new_log, take_events
from streams.market.partition import FIRST_ROWS, moved
from streams.market.print_ring import empty_rings, larger_pool, new_pool
from streams.market.ticker_index import WIDTH, Integers
from streams.market.trade_arrays import TradeBatch, TradeKnown, TradePartition
from streams.market.trade_buckets import BUCKET, HEAD, SECONDS
from streams.market.trade_conditions import Rules
from streams.market.trade_fold import fold_trades
from streams.market.trade_state import empty_trade_rows

FIRST_ITEMS = 1 << 15

TradeKnownOf: TypeAlias = Callable[[TradePartition, int], tuple[TradePartition, TradeKnown]]
"""Gives what is known for the trading date that starts at a time, one value for each row that there is room for."""


def new_trade_partition(source: int, rows: int = FIRST_ROWS, items: int = FIRST_ITEMS) -> TradePartition:
    """Return the columns of a partition that nothing was folded into; ``rows`` is a power of two."""
    progress = np.zeros(1, PROGRESS)
    progress["source"] = source
    return TradePartition(
        rows=empty_trade_rows(rows),
        tickers=np.zeros((rows, WIDTH), np.uint8),
        slots=np.full(rows * 2, -1, np.int64),
        used=np.zeros(1, np.int64),
        dirty=np.zeros(rows, np.bool_),
        heads=np.zeros(rows, HEAD),
        buckets=np.zeros((rows, SECONDS), BUCKET),
        rings=empty_rings(rows),
        pool=new_pool(items),
        log=new_log(),
        clock=np.zeros(1, np.int64),
        unknown=np.zeros(2, np.int64),
        progress=progress,
    )


def with_more_trade_rows(partition: TradePartition) -> TradePartition:
    """Return the partition with room for twice the rows."""
    larger = new_trade_partition(0, len(partition.rows) * 2, 1)
    # Pages that nothing was written to take no memory: most tickers have had no trade when their rows are made.
    filled = np.flatnonzero(partition.heads["newest"])
    larger.buckets[filled] = partition.buckets[filled]
    return moved(partition, larger, "heads", "rings")._replace(buckets=larger.buckets)


def with_larger_pool(partition: TradePartition) -> TradePartition:
    """Return the partition with more room for the last trades."""
    return partition._replace(pool=larger_pool(partition.pool))


def nothing_known(partition: TradePartition, day_start: int) -> tuple[TradePartition, TradeKnown]:
    """Return the partition, and what is known of tickers that no reference names."""
    return partition, TradeKnown(day_start, np.full(len(partition.rows), np.nan))


def fold_all_trades(
    partition: TradePartition,
    batch: TradeBatch,
    edges: Integers,
    rules: Rules,
    known: TradeKnown,
    known_of: TradeKnownOf = nothing_known,
) -> tuple[TradePartition, TradeKnown, list[Events]]:
    """Fold a whole batch, making room where needed, with what is known of each day that it reaches.

    Return the partition, whose arrays may be new ones, what is known of its newest day, and the events.
    """
    start = 0
    events = []
    while (stop := fold_trades(partition, batch, start, edges, rules, known)) < 0:
        day_start = known.day_start
        if stop == STOP_EVENTS:
            events.append(take_events(*partition.log))
        elif stop == STOP_DAY:
            day_start = int(partition.progress[0]["next_day"])
        else:
            partition = with_more_trade_rows(partition) if stop == STOP_ROWS else with_larger_pool(partition)
        partition, known = known_of(partition, day_start)
        start = int(partition.progress[0]["next_record"])
    events.append(take_events(*partition.log))
    return partition, known, events


def without_recent(partition: TradePartition) -> TradePartition:
    """Return the partition without the last seconds, as after a restart, before the log is read again.

    The ticks of what is read again begin with those that the row says were in none of the last 64 seconds.
    """
    heads = np.zeros(len(partition.rows), HEAD)
    for name, origin in (("price", "older_price"), ("price_time", "older_time"), ("sign", "older_sign")):
        heads[name] = partition.rows[origin]
    return partition._replace(
        heads=heads,
        buckets=np.zeros((len(partition.rows), SECONDS), BUCKET),
        clock=np.zeros(1, np.int64),
    )

"""The columns of one partition of ``halts``: making them, making room in them, and folding whole batches."""

import numpy as np

from streams.market.bar_arrays import PROGRESS
from streams.market.events import STOP_EVENTS, Events, new_log, take_events
from streams.market.halt_fold import HaltBatch, HaltPartition, fold_halts
from streams.market.halt_state import empty_halt_rows
from streams.market.partition import FIRST_ROWS, moved
from streams.market.ticker_index import WIDTH, Integers


def new_halt_partition(source: int, rows: int = FIRST_ROWS) -> HaltPartition:
    """Return the columns of a partition that nothing was folded into; ``rows`` is a power of two."""
    progress = np.zeros(1, PROGRESS)
    progress["source"] = source
    return HaltPartition(
        rows=empty_halt_rows(rows),
        tickers=np.zeros((rows, WIDTH), np.uint8),
        slots=np.full(rows * 2, -1, np.int64),
        used=np.zeros(1, np.int64),
        dirty=np.zeros(rows, np.bool_),
        log=new_log(),
        progress=progress,
    )


def with_more_halt_rows(partition: HaltPartition) -> HaltPartition:
    """Return the partition with room for twice the rows."""
    return moved(partition, new_halt_partition(0, len(partition.rows) * 2))


def fold_all_halts(partition: HaltPartition, batch: HaltBatch, edges: Integers) -> tuple[HaltPartition, list[Events]]:
    """Fold a whole batch, making room where needed; return the partition, whose arrays may be new ones, and events."""
    start = 0
    events = []
    while (stop := fold_halts(partition, batch, start, edges)) < 0:
        if stop == STOP_EVENTS:
            events.append(take_events(*partition.log))
        else:
            partition = with_more_halt_rows(partition)
        start = int(partition.progress[0]["next_record"])
    events.append(take_events(*partition.log))
    return partition, events

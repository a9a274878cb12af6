"""The columns of one partition of ``quotes``: making them, making room in them, and folding whole batches."""

import numpy as np

from streams.market.bar_arrays import PROGRESS
from streams.market.partition import FIRST_ROWS, moved
from streams.market.quote_fold import QuoteBatch, QuotePartition, fold_quotes
from streams.market.quote_state import empty_quote_rows
from streams.market.ticker_index import WIDTH, Integers


def new_quote_partition(source: int, rows: int = FIRST_ROWS) -> QuotePartition:
    """Return the columns of a partition that nothing was folded into; ``rows`` is a power of two."""
    progress = np.zeros(1, PROGRESS)
    progress["source"] = source
    return QuotePartition(
        rows=empty_quote_rows(rows),
        tickers=np.zeros((rows, WIDTH), np.uint8),
        slots=np.full(rows * 2, -1, np.int64),
        used=np.zeros(1, np.int64),
        dirty=np.zeros(rows, np.bool_),
        progress=progress,
    )


def with_more_quote_rows(partition: QuotePartition) -> QuotePartition:
    """Return the partition with room for twice the rows."""
    return moved(partition, new_quote_partition(0, len(partition.rows) * 2))


def fold_all_quotes(partition: QuotePartition, batch: QuoteBatch, edges: Integers) -> QuotePartition:
    """Fold a whole batch, making room where needed; return the partition, whose arrays may be new ones."""
    start = 0
    while fold_quotes(partition, batch, start, edges) < 0:
        partition = with_more_quote_rows(partition)
        start = int(partition.progress[0]["next_record"])
    return partition

"""The columns of one partition: making them, making room in them, and putting rows in and taking them out."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.bar_arrays import PROGRESS, STOP_CLOCK, STOP_DAY, STOP_ROWS, Batch, Partition
from streams.market.bar_events import Rules, rules
from streams.market.corrections import NODE, NONE, empty_chains, empty_nodes
from streams.market.events import STOP_EVENTS, Events, new_log, take_events
from streams.market.fold import fold
from streams.market.grid import find_changes
from streams.market.known import Known
from streams.market.symbol_state import Rows, empty_rows
from streams.market.ticker_index import WIDTH, Bytes, Integers, find_or_add, rebuild
from streams.market.windows import empty_windows

FIRST_ROWS: Final = 1024
FIRST_NODES: Final = 4096

Columns: TypeAlias = Any
"""The columns of a partition of any kind of table; they have at least those of ``RowColumns``."""
Moved = TypeVar("Moved", bound=Columns)
KnownOf: TypeAlias = Callable[[Partition, int], tuple[Partition, Known]]
"""Gives what is known for the trading date that starts at a time, and the partition with a row for each such ticker."""


def new_partition(
    interval_ms: int, source: int, rows: int = FIRST_ROWS, nodes: int = FIRST_NODES, event_rules: Rules | None = None
) -> Partition:
    """Return the columns of a partition that nothing was folded into; ``rows`` is a power of two."""
    progress = np.zeros(1, PROGRESS)
    progress["interval_ms"] = interval_ms
    progress["source"] = source
    return Partition(
        rows=empty_rows(rows),
        tickers=np.zeros((rows, WIDTH), np.uint8),
        slots=np.full(rows * 2, -1, np.int64),
        used=np.zeros(1, np.int64),
        dirty=np.zeros(rows, np.bool_),
        nodes=empty_nodes(nodes),
        chains=empty_chains(rows),
        free=np.zeros(1, np.int64),
        windows=empty_windows(rows),
        log=new_log(),
        rules=event_rules or rules(),
        progress=progress,
    )


def moved(columns: Moved, larger: Moved, *names: str) -> Moved:
    """Return columns of any kind of table, with the rows in the larger arrays of ``larger``, which has none yet.

    ``names`` are the arrays by row that the kind of table has beside ``RowColumns``.
    """
    count = int(columns.used[0])
    names = ("rows", "tickers", "dirty", *names)
    for name in names:
        getattr(larger, name)[:count] = getattr(columns, name)[:count]
    rebuild(larger.tickers, larger.slots, count)
    with_rows: Moved = columns._replace(slots=larger.slots, **{name: getattr(larger, name) for name in names})
    return with_rows


def with_more_rows(partition: Partition) -> Partition:
    """Return the partition with room for twice the rows."""
    count = int(partition.used[0])
    larger = new_partition(0, 0, len(partition.rows) * 2, 1)
    for name in larger.windows._fields:
        getattr(larger.windows, name)[:count] = getattr(partition.windows, name)[:count]
    return moved(partition, larger, "chains")._replace(windows=larger.windows)


def with_more_nodes(partition: Partition) -> Partition:
    """Return the partition with a quarter more nodes; the new ones are free."""
    size = len(partition.nodes)
    nodes = np.zeros(size + max(size // 4, FIRST_NODES), NODE)
    nodes[:size] = partition.nodes
    nodes["older"][size:] = np.arange(size + 1, len(nodes) + 1)
    nodes["older"][-1] = partition.free[0]
    free = partition.free.copy()
    free[0] = size
    return partition._replace(nodes=nodes, free=free)


def fold_all(
    partition: Partition, batch: Batch, edges: Integers, known: Known, known_of: KnownOf
) -> tuple[Partition, Known, list[Events]]:
    """Fold a whole batch, making room where needed, with what is known of each day that it reaches.

    Return the partition, whose arrays may be new ones, what is known of its newest day, and the events.
    """
    start = 0
    events = []
    while (stop := fold(partition, batch, start, edges, known)) < 0:
        day_start = known.day_start
        if stop == STOP_EVENTS:
            events.append(take_events(*partition.log))
        elif stop == STOP_CLOCK:
            clock = int(batch.offsets[partition.progress[0]["next_record"] - 1])
            events += [take_events(*partition.log), find_changes(partition, known, clock)]
        elif stop == STOP_DAY:
            day_start = int(partition.progress[0]["next_day"])
        else:
            partition = with_more_rows(partition) if stop == STOP_ROWS else with_more_nodes(partition)
        partition, known = known_of(partition, day_start)
        start = int(partition.progress[0]["next_record"])
    events.append(take_events(*partition.log))
    return partition, known, events


def without_bars(partition: Partition) -> Partition:
    """Return the partition with an empty pool, as after a restart, before the log is read again."""
    return partition._replace(
        nodes=empty_nodes(FIRST_NODES),
        chains=empty_chains(len(partition.rows)),
        free=np.zeros(1, np.int64),
        windows=empty_windows(len(partition.rows)),
    )


class RowColumns(NamedTuple):
    """What every kind of table has: rows, where each ticker's is, and whether it has changed."""

    rows: Rows
    tickers: Bytes
    slots: Integers
    used: Integers
    dirty: npt.NDArray[np.bool_]


def row_columns(columns: Columns) -> RowColumns:
    """Return what every kind of table has."""
    return RowColumns(columns.rows, columns.tickers, columns.slots, columns.used, columns.dirty)


@compiled_in_place
def put_rows(partition: RowColumns, new: Rows, text: Bytes, starts: Integers, lengths: Integers, first: int) -> int:
    """Put rows under their tickers from the ``first`` on; return how many are done (fewer than all: make room)."""
    for index in range(first, len(new)):
        row = find_or_add(partition.tickers, partition.slots, partition.used, text, starts[index], lengths[index])
        if row < 0:
            return index
        partition.rows[row] = new[index]
        partition.dirty[row] = False
    return len(new)


def put_all_rows(columns: Columns, tickers: list[bytes], new: Rows, grow: Callable[[Columns], Columns]) -> Columns:
    """Put rows under their tickers, making room where needed; return the columns, whose arrays may be new ones."""
    lengths = np.fromiter(map(len, tickers), np.int64, len(tickers))
    starts = np.cumsum(lengths) - lengths
    text = np.frombuffer(b"".join(tickers), np.uint8)
    done = 0
    while (done := put_rows(row_columns(columns), new, text, starts, lengths, done)) < len(new):
        columns = grow(columns)
    return columns


def row_numbers(
    columns: Columns, tickers: list[bytes], grow: Callable[[Columns], Columns]
) -> tuple[Columns, npt.NDArray[np.int64]]:
    """Return the row number of each ticker, adding the new ones, and the columns, whose arrays may be new ones."""
    numbers = np.empty(len(tickers), np.int64)
    for index, ticker in enumerate(tickers):
        text = np.frombuffer(ticker, np.uint8)
        while (row := find_or_add(columns.tickers, columns.slots, columns.used, text, 0, len(ticker))) == NONE:
            columns = grow(columns)
        numbers[index] = row
    return columns, numbers


def tickers_of(columns: Columns, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bytes_]:
    """Return the tickers of some rows as ``S12``."""
    return np.ascontiguousarray(columns.tickers[rows]).view(f"S{WIDTH}").reshape(-1)

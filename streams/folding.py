"""How the records of a topic are folded into columns: what ``PartitionState`` asks of each kind of table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.columnar import Messages
from schemas.records import Aggregate, Clock
from streams.background import Background
from streams.known_columns import KnownColumns
from streams.market.bar_events import Rules
from streams.market.events import Events
from streams.market.fold import Batch, Partition
from streams.market.known import Known
from streams.market.older_rows import OLDER_ROWS
from streams.market.partition import fold_all, new_partition, with_more_rows, without_bars
from streams.market.session import edges
from streams.market.symbol_state import ROW, VERSION, Rows

Columns = Any
"""The columns of a partition: a named tuple with at least ``rows``, ``tickers``, ``slots``, ``used``, ``dirty`` and
``progress``, as ``streams.market.fold.Partition`` has them."""


class Decoded(NamedTuple):
    """A batch of records, in the log's order."""

    messages: Messages
    kinds: npt.NDArray[np.int64]
    """Index into ``Folding.records``, or that of no known record."""
    tables: Sequence[npt.NDArray[np.void]]
    """For each type of record its columns."""
    offsets: npt.NDArray[np.int64]
    outcomes: npt.NDArray[np.uint8]
    """To be filled in: what became of each record."""


class Folding(Protocol):
    """One kind of table, for one partition."""

    records: tuple[type[msgspec.Struct], ...]
    """What the topic carries, in the order in which ``Decoded.kinds`` numbers it."""
    version: int
    row: np.dtype[np.void]
    older: Mapping[int, tuple[np.dtype[np.void], Callable[[Rows], Rows]]]
    """The dtype of each older version, and how its rows become today's."""

    def new(self, source: int) -> Columns:
        """Return the columns of a partition that nothing was folded into."""

    def fold(self, columns: Columns, batch: Decoded) -> tuple[Columns, list[Events]]:
        """Fold a batch; return the columns, whose arrays may be new ones, and what happened."""

    def known(self, columns: Columns, day_start: int) -> tuple[Columns, Known]:
        """Return what is known for the trading date that starts at a time (ms), by row, and the columns."""

    def grow(self, columns: Columns) -> Columns:
        """Return the columns with room for twice the rows."""

    def without_recent(self, columns: Columns) -> Columns:
        """Return the columns without what is not in the changelog, as after a restart."""


class BarFolding:
    """Bars of one length, into ``streams.market.symbol_state``."""

    def __init__(self, interval_ms: int, background: Background, rules: Rules | None = None) -> None:
        """Take the length of the bars, what is known beforehand, and how often events are made."""
        self.records: tuple[type[msgspec.Struct], ...] = (Aggregate, Clock)
        self.version = VERSION
        self.row = ROW
        self.older: Mapping[int, tuple[np.dtype[np.void], Callable[[Rows], Rows]]] = OLDER_ROWS
        self._interval_ms = interval_ms
        self._rules = rules
        self._columns = KnownColumns(background, self.grow)
        self._day_start = 0

    def new(self, source: int) -> Partition:
        """Return the columns of a partition that nothing was folded into."""
        return new_partition(self._interval_ms, source, event_rules=self._rules)

    def fold(self, columns: Partition, batch: Decoded) -> tuple[Partition, list[Events]]:
        """Fold a batch of bars and clocks."""
        bars, clocks = batch.tables
        decoded = Batch(batch.messages.buffer, batch.kinds, batch.offsets, bars, clocks, batch.outcomes)
        columns, known = self._columns.of(columns, self._day_start)
        columns, known, events = fold_all(columns, decoded, edges(), known, self._columns.of)
        self._day_start = known.day_start
        return columns, events

    def known(self, columns: Partition, day_start: int) -> tuple[Partition, Known]:
        """Return what is known for the trading date that starts at a time (ms), by row, and the columns."""
        return self._columns.of(columns, day_start)

    def grow(self, columns: Partition) -> Partition:
        """Return the columns with room for twice the rows."""
        return with_more_rows(columns)

    def without_recent(self, columns: Partition) -> Partition:
        """Return the columns without the bars of the last minutes."""
        return without_bars(columns)

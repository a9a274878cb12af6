"""Folds bars of one length into the table of symbols."""

from streams.background import Background
from streams.folding import Decoded, Older, WithoutExtras
from streams.known_columns import KnownColumns
from streams.market.bar_arrays import Batch, Partition
from streams.market.bar_events import Rules
from streams.market.events import Events
from streams.market.known import Known
from streams.market.older_rows import OLDER_ROWS
from streams.market.partition import fold_all, new_partition, with_more_rows, without_bars
from streams.market.session import edges
from streams.market.symbol_state import ROW, VERSION


class BarFolding(WithoutExtras):
    """Records Aggregate and Clock, into ``streams.market.symbol_state``."""

    def __init__(self, interval_ms: int, background: Background, rules: Rules | None = None) -> None:
        """Take the length of the bars, what is known beforehand, and how often events are made."""
        self.version = VERSION
        self.row = ROW
        self.older: Older = OLDER_ROWS
        self._interval_ms = interval_ms
        self._rules = rules
        self._known = KnownColumns(background, with_more_rows)
        self._day_start = 0

    def new(self, source: int) -> Partition:
        """Return the columns of a partition that nothing was folded into."""
        return new_partition(self._interval_ms, source, event_rules=self._rules)

    def fold(self, columns: Partition, batch: Decoded) -> tuple[Partition, list[Events]]:
        """Fold a batch."""
        bars, clocks = batch.tables
        decoded = Batch(batch.messages.buffer, batch.kinds, batch.offsets, bars, clocks, batch.outcomes)
        columns, known = self._known.of(columns, self._day_start)
        columns, known, events = fold_all(columns, decoded, edges(), known, self._known.of)
        self._day_start = known.day_start
        return columns, events

    def known(self, columns: Partition, day_start: int) -> tuple[Partition, Known]:
        """Return what is known for the trading date that starts at a time (ms), by row, and the columns."""
        return self._known.of(columns, day_start)

    def grow(self, columns: Partition) -> Partition:
        """Return the columns with room for twice the rows."""
        return with_more_rows(columns)

    def without_recent(self, columns: Partition) -> Partition:
        """Return the columns without the bars of the last minutes."""
        return without_bars(columns)

"""Folds halts and price bands into the table of statuses."""

from streams.background import Background
from streams.folding import Decoded, Older, WithoutExtras
from streams.known_columns import KnownColumns
from streams.market.events import Events
from streams.market.halt_fold import HaltBatch, HaltPartition
from streams.market.halt_partition import fold_all_halts, new_halt_partition, with_more_halt_rows, without_recent
from streams.market.halt_state import HALT_ROW, HALT_VERSION
from streams.market.known import Known
from streams.market.session import edges


class HaltFolding(WithoutExtras):
    """Records LimitBand, Halt and Clock, into ``streams.market.halt_state``."""

    def __init__(self, background: Background) -> None:
        """Take what is known beforehand."""
        self.version = HALT_VERSION
        self.row = HALT_ROW
        self.older: Older = {}
        self._known = KnownColumns(background, with_more_halt_rows, with_curves=False)

    def new(self, source: int) -> HaltPartition:
        """Return the columns of a partition that nothing was folded into."""
        return new_halt_partition(source)

    def fold(self, columns: HaltPartition, batch: Decoded) -> tuple[HaltPartition, list[Events]]:
        """Fold a batch."""
        bands, halts, clocks = batch.tables
        decoded = HaltBatch(batch.messages.buffer, batch.kinds, batch.offsets, bands, halts, clocks, batch.outcomes)
        return fold_all_halts(columns, decoded, edges())

    def known(self, columns: HaltPartition, day_start: int) -> tuple[HaltPartition, Known]:
        """Return what is known for the trading date that starts at a time (ms), by row, and the columns."""
        return self._known.of(columns, day_start)

    def grow(self, columns: HaltPartition) -> HaltPartition:
        """Return the columns with room for twice the rows."""
        return with_more_halt_rows(columns)

    def without_recent(self, columns: HaltPartition) -> HaltPartition:
        """Return the columns as they are: a row holds all there is."""
        return without_recent(columns)

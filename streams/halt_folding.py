"""Folds halts and price bands into the table of statuses."""

from streams.folding import Decoded, OfRowsAlone, Older
from streams.market.events import Events
from streams.market.halt_fold import HaltBatch, HaltPartition
from streams.market.halt_partition import fold_all_halts, new_halt_partition, with_more_halt_rows
from streams.market.halt_state import HALT_ROW, HALT_VERSION
from streams.market.session import edges


class HaltFolding(OfRowsAlone):
    """Records LimitBand, Halt and Clock, into ``streams.market.halt_state``."""

    def __init__(self) -> None:
        """Say what rows look like."""
        self.version = HALT_VERSION
        self.row = HALT_ROW
        self.older: Older = {}

    def new(self, source: int) -> HaltPartition:
        """Return the columns of a partition that nothing was folded into."""
        return new_halt_partition(source)

    def fold(self, columns: HaltPartition, batch: Decoded) -> tuple[HaltPartition, list[Events]]:
        """Fold a batch."""
        bands, halts, clocks = batch.tables
        decoded = HaltBatch(batch.messages.buffer, batch.kinds, batch.offsets, bands, halts, clocks, batch.outcomes)
        return fold_all_halts(columns, decoded, edges())

    def grow(self, columns: HaltPartition) -> HaltPartition:
        """Return the columns with room for twice the rows."""
        return with_more_halt_rows(columns)

"""Folds quotes into the table of tops."""

from streams.folding import Decoded, OfRowsAlone, Older
from streams.market.events import Events
from streams.market.quote_fold import QuoteBatch, QuotePartition
from streams.market.quote_partition import fold_all_quotes, new_quote_partition, with_more_quote_rows
from streams.market.quote_state import QUOTE_ROW, QUOTE_VERSION
from streams.market.session import edges


class QuoteFolding(OfRowsAlone):
    """Records Quote and Clock, into ``streams.market.quote_state``; it makes no events, and needs nothing known."""

    def __init__(self) -> None:
        """Say what rows look like."""
        self.version = QUOTE_VERSION
        self.row = QUOTE_ROW
        self.older: Older = {}

    def new(self, source: int) -> QuotePartition:
        """Return the columns of a partition that nothing was folded into."""
        return new_quote_partition(source)

    def fold(self, columns: QuotePartition, batch: Decoded) -> tuple[QuotePartition, list[Events]]:
        """Fold a batch."""
        quotes, clocks = batch.tables
        decoded = QuoteBatch(batch.messages.buffer, batch.kinds, batch.offsets, quotes, clocks, batch.outcomes)
        return fold_all_quotes(columns, decoded, edges()), []

    def grow(self, columns: QuotePartition) -> QuotePartition:
        """Return the columns with room for twice the rows."""
        return with_more_quote_rows(columns)

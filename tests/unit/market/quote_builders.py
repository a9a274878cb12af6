"""Quotes said in few words, folded at once."""

from collections.abc import Sequence
from typing import Final, cast

import numpy as np

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder, join
from schemas.records import Clock, Quote
from streams.market.outcomes import OUTCOMES
from streams.market.partition import tickers_of
from streams.market.quote_fold import QuoteBatch, QuotePartition
from streams.market.quote_metrics import QUOTE_COLUMNS, write_quote_metrics
from streams.market.quote_partition import fold_all_quotes, new_quote_partition
from streams.market.session import edges
from tests.unit.market.builders import DAY, uncompiled

CODEC: Final = Codec()
QUOTE_DECODER: Final = ColumnarDecoder((Quote, Clock), CODEC.prefixes())
QuoteRecord = Quote | Clock
Told = dict[str, float | None]


def quote(ticker: str, time: int, bid: float | None = 9.99, ask: float | None = 10.01, size: float = 100.0) -> Quote:
    """Return a quote; both sides have the same size."""
    return Quote(
        ticker=ticker,
        bid=bid,
        bid_size=None if bid is None else size,
        ask=ask,
        ask_size=None if ask is None else size,
        quote_time=time,
        received_time=time,
    )


class Quotes:
    """A partition of ``quotes`` and the end of its log."""

    def __init__(self, rows: int = 8) -> None:
        """Begin with nothing folded, and little room."""
        self.partition: QuotePartition = new_quote_partition(1, rows)
        self.offset = 0

    def fold(self, *records: QuoteRecord | bytes) -> list[str]:
        """Fold records as one batch; return what became of each."""
        outcomes = self.fold_at(self.offset, records)
        self.offset += len(records)
        return outcomes

    def fold_at(self, first_offset: int, records: Sequence[QuoteRecord | bytes]) -> list[str]:
        """Fold records that stand in the log from an offset on."""
        messages = join([record if isinstance(record, bytes) else CODEC.encode(record) for record in records])
        kinds, (quotes, clocks) = QUOTE_DECODER(messages)
        outcomes = np.zeros(len(records), np.uint8)
        offsets = np.arange(first_offset, first_offset + len(records))
        batch = QuoteBatch(messages.buffer, kinds, offsets, quotes, clocks, outcomes)
        self.partition = fold_all_quotes(self.partition, batch, edges())
        return [OUTCOMES[outcome] for outcome in outcomes]

    @property
    def progress(self) -> np.void:
        """How far the partition is."""
        return cast("np.void", self.partition.progress[0])

    def tickers(self) -> list[str]:
        """Return the tickers of all rows in use."""
        numbers = np.arange(int(self.partition.used[0]))
        return [ticker.decode() for ticker in tickers_of(self.partition, numbers).tolist()]

    def rows(self) -> dict[str, bytes]:
        """Return every row with its exact bytes, by ticker."""
        return {ticker: self.partition.rows[row].tobytes() for row, ticker in enumerate(self.tickers())}

    def row(self, ticker: str = "A") -> np.record:
        """Return a ticker's row."""
        return cast("np.record", self.partition.rows[self.tickers().index(ticker)])

    def told(self, day_start: int = DAY.start, ticker: str = "A") -> Told:
        """Return a ticker's metrics on a trading date, ``None`` where undefined."""
        return metrics(self.row(ticker), day_start)


def metrics(row: np.record, day_start: int) -> Told:
    """Return a row's metrics on a trading date by name, ``None`` where undefined."""
    line = np.zeros(len(QUOTE_COLUMNS))
    uncompiled(write_quote_metrics)(row, day_start, line)
    return {name: None if np.isnan(value) else value for name, value in zip(QUOTE_COLUMNS, line.tolist(), strict=True)}

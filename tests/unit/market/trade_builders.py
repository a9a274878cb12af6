"""Trades for tests of the market's arithmetic: said in few words, folded at once."""

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder, join
from schemas.records import Clock, Trade
from streams.market.events import Events
from streams.market.outcomes import OUTCOMES
from streams.market.partition import row_numbers, tickers_of
from streams.market.print_ring import Items, last_trades
from streams.market.session import day_index_at, edges
from streams.market.trade_arrays import TradeBatch, TradeKnown, TradePartition
from streams.market.trade_conditions import Rules, default_rules
from streams.market.trade_metrics import TRADE_COLUMNS, write_trade_metrics
from streams.market.trade_partition import fold_all_trades, new_trade_partition, with_more_trade_rows

CODEC: Final = Codec()
DECODER: Final = ColumnarDecoder((Trade, Clock), CODEC.prefixes())

Log = Sequence[Trade | Clock | bytes]


def trade(ticker: str, time: int, price: float = 10.0, size: float = 100.0, *conditions: int, **others: Any) -> Trade:  # noqa: ANN401 - any field
    """Return a trade."""
    return Trade(
        ticker=ticker, trade_time=time, price=price, size=size, conditions=conditions, received_time=time, **others
    )


def encoded(records: Log) -> list[bytes]:
    """Return records as the log holds them; bytes are what they are."""
    return [record if isinstance(record, bytes) else CODEC.encode(record) for record in records]


def decoded(values: Sequence[bytes | None], first_offset: int) -> TradeBatch:
    """Return values that stand in the log one after another as a batch."""
    messages = join(values)
    kinds, (trades, clocks) = DECODER(messages)
    offsets = np.arange(first_offset, first_offset + len(values))
    return TradeBatch(messages.buffer, kinds, offsets, trades, clocks, np.zeros(len(values), np.uint8))


class TradeColumns:
    """A partition and the end of its log."""

    def __init__(
        self, rows: int = 8, items: int = 64, atr: dict[str, float] | None = None, rules: Rules | None = None
    ) -> None:
        """Begin with nothing folded, and little room."""
        self.partition = new_trade_partition(1, rows, items)
        self.known = TradeKnown(0, np.zeros(0))
        self.offset = 0
        self.events: list[Events] = []
        self._atr = atr or {}
        self._rules = default_rules() if rules is None else rules

    def known_of(self, partition: TradePartition, day_start: int) -> tuple[TradePartition, TradeKnown]:
        """Return the average true ranges by row; every ticker that has one gets its row before its first trade."""
        names = [ticker.encode() for ticker in self._atr]
        partition, _ = row_numbers(partition, names, with_more_trade_rows)
        ranges = np.full(len(partition.rows), np.nan)
        for row, ticker in enumerate(all_tickers(partition)):
            ranges[row] = self._atr.get(ticker, np.nan)
        return partition, TradeKnown(day_start, ranges)

    def fold_values(self, values: Sequence[bytes | None]) -> list[str]:
        """Fold values as one batch; return what became of each."""
        batch = decoded(values, self.offset)
        self.partition, self.known, events = fold_all_trades(
            self.partition, batch, edges(), self._rules, self.known, self.known_of
        )
        self.events += events
        self.offset += len(values)
        return [OUTCOMES[outcome] for outcome in batch.outcomes]

    def fold(self, *records: Trade | Clock | bytes) -> list[str]:
        """Fold records as one batch; return what became of each."""
        return self.fold_values(encoded(records))

    def row(self, ticker: str) -> np.void:
        """Return a copy of a ticker's row."""
        return cast("np.void", self.partition.rows[self.number(ticker)].copy())

    def number(self, ticker: str) -> int:
        """Return a ticker's row number."""
        return all_tickers(self.partition).index(ticker)

    @property
    def progress(self) -> np.void:
        """How far the partition is."""
        return cast("np.void", self.partition.progress[0])

    def metrics(self, ticker: str, time: int, atr: float = np.nan) -> dict[str, float]:
        """Return a ticker's metrics at an instant."""
        line = np.zeros(len(TRADE_COLUMNS))
        day_start = int(edges()[day_index_at(time), 0])
        write_trade_metrics(self.partition, self.number(ticker), day_start, time, atr, line)
        return dict(zip(TRADE_COLUMNS, line.tolist(), strict=True))

    def last(self, ticker: str) -> Items:
        """Return a ticker's last trades."""
        number = self.number(ticker)
        return last_trades(
            self.partition.pool, self.partition.rings[number], int(self.partition.rows[number]["trades"])
        )


def all_tickers(partition: TradePartition) -> list[str]:
    """Return the tickers of all rows in use."""
    numbers: npt.NDArray[np.int64] = np.arange(int(partition.used[0]))
    return [ticker.decode() for ticker in tickers_of(partition, numbers).tolist()]

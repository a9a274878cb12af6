"""Records and columns for tests of the market's arithmetic: bars said in few words, folded at once."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder, join
from schemas.records import Aggregate, Clock
from streams.market.fold import Batch, Partition
from streams.market.outcomes import OUTCOMES
from streams.market.partition import fold_all, new_partition, tickers_of
from streams.market.session import edges, trading_day_of

CODEC: Final = Codec()
DECODER: Final = ColumnarDecoder((Aggregate, Clock), CODEC.prefixes())
SECOND: Final = 1000
MINUTE: Final = 60_000
HOUR: Final = 3_600_000
DAY: Final = trading_day_of(date(2025, 1, 6))
NEXT_DAY: Final = trading_day_of(date(2025, 1, 7))
HALF_DAY: Final = trading_day_of(date(2025, 11, 28))


def uncompiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the Python function behind a compiled one."""
    return cast("Callable[..., Any]", getattr(function, "py_func", function))


def bar(ticker: str, start: int, close: float = 10.0, volume: float = 100.0, **others: Any) -> Aggregate:  # noqa: ANN401 - any field
    """Return a bar of one second, flat unless told otherwise."""
    fields = {"open": close, "high": close, "low": close, "interval_ms": SECOND, "received_time": start, **others}
    return Aggregate(ticker=ticker, start_time=start, close=close, volume=volume, **fields)


def clock(event_time: int) -> Clock:
    """Return a clock record."""
    return Clock(event_time=event_time, received_time=event_time)


def encoded(records: Sequence[Aggregate | Clock | bytes]) -> list[bytes]:
    """Return records as the log holds them; bytes are what they are."""
    return [record if isinstance(record, bytes) else CODEC.encode(record) for record in records]


def fold_into(partition: Partition, values: Sequence[bytes | None], first_offset: int) -> tuple[Partition, list[str]]:
    """Fold values that stand in the log one after another; return the partition and what became of each."""
    messages = join(values)
    kinds, (bars, clocks) = DECODER(messages)
    outcomes = np.zeros(len(values), np.uint8)
    offsets = np.arange(first_offset, first_offset + len(values))
    partition = fold_all(partition, Batch(messages.buffer, kinds, offsets, bars, clocks, outcomes), edges())
    return partition, [OUTCOMES[outcome] for outcome in outcomes]


class Columns:
    """A partition and the end of its log."""

    def __init__(self, interval_ms: int = SECOND, rows: int = 8, nodes: int = 4096) -> None:
        """Begin with nothing folded, and little room."""
        self.partition = new_partition(interval_ms, 1, rows, nodes)
        self.offset = 0

    def fold(self, *records: Aggregate | Clock | bytes) -> list[str]:
        """Fold records as one batch; return what became of each."""
        self.partition, outcomes = fold_into(self.partition, encoded(records), self.offset)
        self.offset += len(records)
        return outcomes

    def row(self, ticker: str) -> np.void:
        """Return a copy of a ticker's row."""
        return row_of(self.partition, ticker)

    @property
    def progress(self) -> np.void:
        """How far the partition is."""
        return cast("np.void", self.partition.progress[0])

    def free_nodes(self) -> int:
        """Return how many nodes of the pool are free, walking them as the fold does."""
        count, node = 0, int(self.partition.free[0])
        while node >= 0:
            count, node = count + 1, int(self.partition.nodes[node]["older"])
        return count

    def chain(self, ticker: str) -> list[int]:
        """Return the starts of a ticker's bars that may be corrected, oldest first, after walking it both ways."""
        row = tickers(self.partition).index(ticker)
        forth, back = [], []
        node = int(self.partition.chains[row, 1])
        while node >= 0:
            forth.append(int(self.partition.nodes[node]["start"]))
            node = int(self.partition.nodes[node]["newer"])
        node = int(self.partition.chains[row, 0])
        while node >= 0:
            back.append(int(self.partition.nodes[node]["start"]))
            node = int(self.partition.nodes[node]["older"])
        assert forth == back[::-1]
        return forth


def tickers(partition: Partition) -> list[str]:
    """Return the tickers of all rows in use."""
    numbers = np.arange(int(partition.used[0]))
    return [ticker.decode() for ticker in tickers_of(partition, numbers).tolist()]


def row_of(partition: Partition, ticker: str) -> np.void:
    """Return a copy of a ticker's row."""
    return cast("np.void", partition.rows[tickers(partition).index(ticker)].copy())


def rows_of(partition: Partition) -> dict[str, bytes]:
    """Return every row with its exact bytes, by ticker."""
    return {ticker: partition.rows[row].tobytes() for row, ticker in enumerate(tickers(partition))}


def floats(*values: float) -> npt.NDArray[np.float64]:
    """Return an array of floats."""
    return np.array(values, np.float64)

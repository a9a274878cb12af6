"""Records and columns for tests of the market's arithmetic: bars said in few words, folded at once."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder, join
from schemas.metrics import COLUMNS
from schemas.records import Aggregate, Clock
from streams.market.bar_arrays import Batch, Partition
from streams.market.bar_events import Rules
from streams.market.evaluate import Bars, Lines, empty_lines, evaluate, matrix_of
from streams.market.events import KINDS, Events
from streams.market.known import Known, nothing_known
from streams.market.outcomes import OUTCOMES
from streams.market.partition import KnownOf, fold_all, new_partition, tickers_of
from streams.market.relative_volume import Curves
from streams.market.session import edges, trading_day_of, trading_days

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


@dataclass(frozen=True)
class Told:
    """An event as tests compare it: by ticker, not by row, and with ``None`` for NaN."""

    kind: str
    ticker: str
    time: int
    price: float | None
    level: float | None
    value: float | None = None
    count: int = 0
    session: int = 0
    first_level: float | None = None
    second_level: float | None = None


def told(partition: Partition, events: Sequence[Events]) -> list[Told]:
    """Return events as tests compare them."""
    found = []
    for kind, row, *values in [values for each in events for values in each.tolist()]:
        ticker = tickers_of(partition, np.array([row])).astype(str).item()
        defined: list[Any] = [None if math.isnan(value) else value for value in values]
        found.append(Told(KINDS[kind], ticker, *defined))
    return found


def known_of_all(curve: Sequence[tuple[int, float]] | None = None, **facts: float) -> KnownOf:
    """Return a ``KnownOf`` by which every ticker has the same facts, and the same curve or none."""
    seconds, volumes = zip(*curve, strict=True) if curve else ((), ())

    def known_of(partition: Partition, day_start: int) -> tuple[Partition, Known]:
        rows = len(partition.rows)
        known = nothing_known(rows, day_start)
        for name, value in facts.items():
            known.facts[name] = value
        first, steps = np.zeros(rows, np.int64), np.full(rows, len(seconds))
        days = np.full(rows, 0 if curve is None else 10)
        curves = Curves(first, steps, days, np.array(seconds, np.int32), np.array(volumes, np.float64))
        return partition, known._replace(curves=curves)

    return known_of


class Columns:
    """A partition, the end of its log, and what has happened in it."""

    def __init__(
        self,
        interval_ms: int = SECOND,
        rows: int = 8,
        nodes: int = 4096,
        known_of: KnownOf | None = None,
        event_rules: Rules | None = None,
    ) -> None:
        """Begin with nothing folded, and little room."""
        self.partition = new_partition(interval_ms, 1, rows, nodes, event_rules)
        self.known_of = known_of or known_of_all()
        self.day_start = 0
        self.offset = 0
        self.events: list[Told] = []

    def fold(self, *records: Aggregate | Clock | bytes) -> list[str]:
        """Fold records as one batch; return what became of each."""
        messages = join(encoded(records))
        kinds, (bars, clocks) = DECODER(messages)
        outcomes = np.zeros(len(records), np.uint8)
        offsets = np.arange(self.offset, self.offset + len(records))
        batch = Batch(messages.buffer, kinds, offsets, bars, clocks, outcomes)
        partition, known = self.known_of(self.partition, self.day_start)
        self.partition, known, events = fold_all(partition, batch, edges(), known, self.known_of)
        self.day_start = known.day_start
        self.offset += len(records)
        self.events += told(self.partition, events)
        return [OUTCOMES[outcome] for outcome in outcomes]

    def lines(self, time: int | None = None) -> tuple[list[str], Lines]:
        """Evaluate the trading date of the event time, at an instant or now; return tickers and their metrics."""
        self.partition, known = self.known_of(self.partition, trading_days()[int(self.progress["day"])].start)
        rows, nodes, chains, windows = (getattr(self.partition, name) for name in Bars._fields)
        count = int(self.partition.used[0])
        numbers, lines = np.empty(count, np.int64), empty_lines(count)
        now = int(self.progress["event_time"]) if time is None else time
        interval = int(self.progress["interval_ms"])
        written = evaluate(Bars(rows, nodes, chains, windows), count, now, interval, known, numbers, lines)
        return tickers_of(self.partition, numbers[:written]).astype(str).tolist(), lines[:written]

    def metrics(self, ticker: str, time: int | None = None) -> dict[str, float]:
        """Evaluate one ticker, at an instant or now."""
        names, lines = self.lines(time)
        return dict(zip(COLUMNS, matrix_of(lines)[names.index(ticker)].tolist(), strict=True))

    def told(self, *kinds: str) -> list[Told]:
        """Return what has happened of some kinds."""
        return [event for event in self.events if event.kind in kinds]

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

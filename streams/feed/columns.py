"""Records of one type in columns: what the publisher writes without a call for each record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.codec import schema_of
from schemas.columnar import NO_INTEGER, Plan, plan_for
from schemas.records import Aggregate, LimitBand, Quote, Trade

TEXT_START: Final = "_start"
TEXT_LENGTH: Final = "_length"
EVENT_TIME: Final[dict[type[msgspec.Struct], tuple[str, ...]]] = {
    Aggregate: ("start_time", "interval_ms"),
    Trade: ("trade_time",),
    Quote: ("quote_time",),
    LimitBand: ("event_time",),
}
"""The fields whose sum is the event time: a bar's end, a trade's time."""


@cache
def plan_of(kind: type[msgspec.Struct]) -> Plan:
    """Return how records of a type lie in columns."""
    return plan_for(schema_of(kind))


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of rows in a buffer: row ``i`` has ``lengths[i]`` bytes (or encoded integers, -1 null) at ``starts[i]``."""

    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]

    def part(self, rows: slice) -> "Texts":
        """Return some of the rows."""
        return Texts(self.starts[rows], self.lengths[rows])


@dataclass(frozen=True, slots=True)
class Columns:
    """Records of one type, in the order in which they are to be published.

    ``values`` has numbers (one for all rows, or one for each) and ``texts`` has texts in ``buffer``, by field name;
    every field of the type is in one of them. ``tickers`` are distinct; ``codes`` says which of them each row has.
    """

    kind: type[msgspec.Struct]
    tickers: Sequence[str]
    codes: npt.NDArray[np.int64]
    values: Mapping[str, npt.NDArray[np.float64] | npt.NDArray[np.int64] | float]
    texts: Mapping[str, Texts]
    buffer: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def event_times(self) -> npt.NDArray[np.int64]:
        """Return each row's event time in ms: a bar's end, a trade's time."""
        times = np.zeros(len(self), np.int64)
        for name in EVENT_TIME[self.kind]:
            times += np.asarray(self.values[name], np.int64)
        return times

    def part(self, start: int, stop: int) -> "Columns":
        """Return rows ``start`` to ``stop``."""
        rows = slice(start, stop)
        return Columns(
            self.kind,
            self.tickers,
            self.codes[rows],
            {name: value[rows] if isinstance(value, np.ndarray) else value for name, value in self.values.items()},
            {name: text.part(rows) for name, text in self.texts.items()},
            self.buffer,
        )

    def table(self) -> npt.NDArray[np.int64]:
        """Return the rows as the type's plan lays them out, floats as their bits; shape rows x columns."""
        dtype = plan_of(self.kind).dtype
        table = np.empty(len(self), dtype)
        for name in dtype.names or ():
            if name in self.values:
                table[name] = self.values[name]
            elif name.endswith(TEXT_START):
                table[name] = self.texts[name.removesuffix(TEXT_START)].starts
            else:
                table[name] = self.texts[name.removesuffix(TEXT_LENGTH)].lengths
        return table.view(np.int64).reshape(len(self), -1)


def join_texts(
    texts: Sequence[str | None],
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return texts joined in UTF-8, where each starts, and its length in bytes (-1 for null)."""
    encoded = [(text or "").encode() for text in texts]
    sizes = np.fromiter(map(len, encoded), np.int64, len(encoded))
    starts = np.cumsum(sizes) - sizes
    absent = np.fromiter((text is None for text in texts), np.bool_, len(encoded))
    return np.frombuffer(b"".join(encoded), np.uint8), starts, np.where(absent, -1, sizes)


def integers(values: Sequence[int | None]) -> npt.NDArray[np.int64]:
    """Return integers as a column, ``NO_INTEGER`` for null."""
    return np.array([NO_INTEGER if value is None else value for value in values], np.int64)


def event_time_of(record: Aggregate | Trade | Quote | LimitBand) -> int:
    """Return a record's event time in ms: a bar's end, the time of a trade, a quote or a band."""
    if isinstance(record, Aggregate):
        return record.start_time + record.interval_ms
    if isinstance(record, Trade):
        return record.trade_time
    return record.quote_time if isinstance(record, Quote) else record.event_time

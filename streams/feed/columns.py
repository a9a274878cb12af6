"""Records of one type in columns, as a file is read: what the publisher writes without making an object of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.codec import schema_of
from schemas.columnar import NO_INTEGER, Plan, plan_for

TEXT_START: Final = "_start"
TEXT_LENGTH: Final = "_length"


@cache
def plan_of(kind: type[msgspec.Struct]) -> Plan:
    """Return how records of a type lie in columns."""
    return plan_for(schema_of(kind))


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of rows in one buffer: row ``i`` has ``lengths[i]`` bytes (or encoded integers) at ``starts[i]``."""

    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]

    def part(self, rows: slice) -> "Texts":
        """Return some of the rows."""
        return Texts(self.starts[rows], self.lengths[rows])


@dataclass(frozen=True, slots=True)
class Columns:
    """Records of one type, in the order in which they are to be published.

    ``values`` has numbers and ``texts`` has text by field name; a field in neither is null (an array: empty). ``tickers``
    are distinct and ``codes`` says which of them each row has; ``event_times`` (ms) are a bar's end, a trade's time.
    """

    kind: type[msgspec.Struct]
    tickers: list[str]
    codes: npt.NDArray[np.int64]
    event_times: npt.NDArray[np.int64]
    values: Mapping[str, npt.NDArray[np.float64] | npt.NDArray[np.int64] | float]
    texts: Mapping[str, Texts]
    buffer: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def part(self, start: int, stop: int) -> "Columns":
        """Return rows ``start`` to ``stop``."""
        rows = slice(start, stop)
        return Columns(
            self.kind,
            self.tickers,
            self.codes[rows],
            self.event_times[rows],
            {name: value[rows] if isinstance(value, np.ndarray) else value for name, value in self.values.items()},
            {name: text.part(rows) for name, text in self.texts.items()},
            self.buffer,
        )

    def table(self) -> npt.NDArray[np.void]:
        """Return the rows in the dtype of the type's plan, ready for ``columnar_encoder``."""
        dtype = plan_of(self.kind).dtype
        table = np.empty(len(self), dtype)
        for name in dtype.names or ():
            field = name.removesuffix(TEXT_START).removesuffix(TEXT_LENGTH)
            if name in self.values:
                table[name] = self.values[name]
            elif field in self.texts:
                text = self.texts[field]
                table[name] = text.starts if name.endswith(TEXT_START) else text.lengths
            else:
                table[name] = _absent(name, dtype)
        return table


def _absent(column: str, dtype: np.dtype[np.void]) -> float:
    """Return what stands for a value that is not there: null, false, or an empty array."""
    if column in {"otc", "conditions_start", "conditions_length"}:
        return 0
    if column.endswith(TEXT_LENGTH):
        return -1
    return float("nan") if dtype[column] == np.float64 else NO_INTEGER


def join_texts(texts: list[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return texts joined in UTF-8, where each starts, and its length in bytes."""
    encoded = [text.encode() for text in texts]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    starts = np.zeros(len(encoded), np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), starts, lengths

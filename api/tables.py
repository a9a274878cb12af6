"""PURE. Rows of a feed while they are still numbers: cheap to compare, and made into cells only when they differ."""

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from api.changes import Row

Values = npt.NDArray[np.float64]


class Table(NamedTuple):
    """Tickers in order, and a line of numbers for each."""

    tickers: tuple[str, ...]
    values: Values
    """Shape tickers x columns; what is not finite is undefined."""

    def equals(self, other: "Table") -> bool:
        """Tell whether both say the same; undefined equals undefined."""
        return self.tickers == other.tickers and self.values.tobytes() == other.values.tobytes()

    def rows(self) -> list[Row]:
        """Return the rows as they leave the process: undefined is ``None``."""
        cells = self.values.astype(object)
        cells[~np.isfinite(self.values)] = None
        listed = cast("list[list[float | None]]", cells.tolist())
        return [(ticker, *line) for ticker, line in zip(self.tickers, listed, strict=True)]


def empty(columns: Sequence[str]) -> Table:
    """Return a table without rows."""
    return Table((), np.empty((0, len(columns))))

"""PURE. Rows of a feed while they are still numbers: cheap to compare, and made into cells only when they differ."""

from collections.abc import Sequence
from typing import Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt

Cell = float | str | None
Row = tuple[Cell, ...]
"""A ticker, and a cell for each column."""
Values = npt.NDArray[np.float64]
DECIMALS: Final = 4
"""Of the cells on a socket: a hundredth of a cent, a ten-thousandth of a percent."""


class Table(NamedTuple):
    """Tickers in order, and a line of numbers for each."""

    tickers: tuple[str, ...]
    values: Values
    """Shape tickers x columns; what is not finite is undefined."""

    def equals(self, other: "Table") -> bool:
        """Tell whether both say the same; undefined equals undefined."""
        return self.tickers == other.tickers and self.values.tobytes() == other.values.tobytes()

    def rounded(self) -> "Table":
        """Return it as it goes over a socket: what is not finite is NaN, what is finite has ``DECIMALS``."""
        return Table(self.tickers, np.where(np.isfinite(self.values), np.round(self.values, DECIMALS) + 0.0, np.nan))

    def first(self, count: int) -> "Table":
        """Return its first rows."""
        return Table(self.tickers[:count], self.values[:count])

    def rows(self) -> list[Row]:
        """Return the rows as they leave the process: undefined is ``None``."""
        cells = self.values.astype(object)
        cells[~np.isfinite(self.values)] = None
        listed = cast("list[list[float | None]]", cells.tolist())
        return [(ticker, *line) for ticker, line in zip(self.tickers, listed, strict=True)]


def empty(columns: Sequence[str]) -> Table:
    """Return a table without rows."""
    return Table((), np.empty((0, len(columns))))

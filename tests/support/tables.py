"""Tables written as rows."""

import math
from collections.abc import Sequence

import numpy as np

from api.tables import Row, Table


def table(rows: Sequence[Row], width: int) -> Table:
    """Return rows of ``width`` elements, a ticker and numbers, as a table; ``None`` is undefined."""
    cells = [[math.nan if cell is None else float(cell) for cell in row[1:]] for row in rows]
    return Table(tuple(str(row[0]) for row in rows), np.array(cells, np.float64).reshape(len(rows), width - 1))

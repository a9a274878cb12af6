"""Ranking: the best rows of a column, equal values by ticker in code-point order, undefined on no board."""

import numpy as np
import numpy.typing as npt


def rank(
    values: npt.NDArray[np.float64], tickers: npt.NDArray[np.bytes_], *, descending: bool, size: int
) -> npt.NDArray[np.int64]:
    """Return the indexes of the at most ``size`` best defined values, best first, equal ones by ticker ascending."""
    defined = np.flatnonzero(~np.isnan(values))
    keys = -values[defined] if descending else values[defined]
    if len(keys) > size:
        limit = np.partition(keys, size - 1)[size - 1]
        within = np.flatnonzero(keys <= limit)
        defined, keys = defined[within], keys[within]
    order = np.lexsort((tickers[defined], keys))[:size]
    return defined[order]

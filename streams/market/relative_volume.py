"""Relative volume: today's shares against the usual day, and against the usual day up to this second."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place


class Curves(NamedTuple):
    """Mean cumulative volume by time of day of a partition's tickers, each a step function, packed end to end.

    Row ``r`` has ``steps[r]`` steps, from ``first[r]`` on: from ``seconds[i]`` after 04:00 on, the mean is
    ``volumes[i]`` shares; before the first it is 0. ``sample_days[r]`` is 0 where the row has no curve.
    """

    first: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]
    sample_days: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.int32]
    volumes: npt.NDArray[np.float64]


@compiled_in_place
def ratio(volume: float, baseline: float) -> float:
    """Return volume / baseline; undefined where the baseline is, or is not positive."""
    return volume / baseline if baseline > 0.0 else np.nan


@compiled_in_place
def baseline_at(curves: Curves, row: int, second: int) -> float:
    """Return the row's mean cumulative volume in shares at a second after 04:00; NaN where it has no curve."""
    if curves.sample_days[row] == 0:
        return np.nan
    low = curves.first[row]
    high = low + curves.steps[row]
    while low < high:
        middle = (low + high) // 2
        if curves.seconds[middle] <= second:
            low = middle + 1
        else:
            high = middle
    return curves.volumes[low - 1] if low > curves.first[row] else 0.0


@compiled_in_place
def baseline_between(curves: Curves, row: int, first: int, last: int) -> float:
    """Return the row's mean volume in shares in the seconds after ``first`` up to ``last``; NaN without a curve."""
    return baseline_at(curves, row, last) - baseline_at(curves, row, first)

"""Volume of the last minutes: for each row and window the oldest of its bars in the window, and the sum from there on.

Bars come into a window when they are remembered and leave it as time passes; neither walks over the others. The sums
are whole numbers of 2**-28 share, so that what was added can be taken away again without a trace: the same bars give
the same sum whatever happened in between. The windows are outside the row and its changelog, as the bars are.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.corrections import NONE, Nodes

SHARE: Final = float(1 << 28)
"""Units of the sums in a share."""
WINDOW_MINUTES: Final = (1, 5, 15, 5)
"""Lengths of the windows: three that are shown, which follow the partition's time, and one for spikes of volume."""
SPIKE_WINDOW: Final = 3
"""It follows the row's own newest bar: an alert must not depend on when somebody looked."""
WINDOWS: Final = len(WINDOW_MINUTES)


class Windows(NamedTuple):
    """Arrays of shape rows x ``WINDOWS``."""

    oldest: npt.NDArray[np.int32]
    """Node of the oldest bar in the window, or ``NONE``."""
    sums: npt.NDArray[np.int64]
    """Volume of the bars in the window, in 2**-28 share."""
    begins: npt.NDArray[np.int64]
    """The window holds the bars that ended after this time (ms); it never goes back."""


def empty_windows(rows: int) -> Windows:
    """Return the windows of rows without bars."""
    shape = (rows, WINDOWS)
    return Windows(np.full(shape, NONE, np.int32), np.zeros(shape, np.int64), np.zeros(shape, np.int64))


@compiled_in_place
def clear_windows(windows: Windows, row: int) -> None:
    """Make the row's windows those of a row without bars."""
    for window in range(WINDOWS):
        windows.oldest[row, window] = NONE
        windows.sums[row, window] = 0
        windows.begins[row, window] = 0


@compiled_in_place
def units(volume: float) -> int:
    """Return shares as a whole number of 2**-28 share."""
    whole: int = np.int64(np.rint(volume * SHARE))  # type: ignore[assignment] # compiled, it is one
    return whole


@compiled_in_place
def enter(windows: Windows, nodes: Nodes, row: int, node: int, interval: int) -> None:
    """Take a new bar into the windows that it ended in."""
    start = nodes[node].start
    for window in range(WINDOWS):
        if start + interval > windows.begins[row, window]:
            windows.sums[row, window] += units(nodes[node].volume)
            oldest = windows.oldest[row, window]
            if oldest == NONE or start < nodes[oldest].start:
                windows.oldest[row, window] = node


@compiled_in_place
def correct(windows: Windows, row: int, end: int, before: float, after: float) -> None:
    """Take note that a bar's volume has changed."""
    for window in range(WINDOWS):
        if end > windows.begins[row, window]:
            windows.sums[row, window] += units(after) - units(before)


@compiled_in_place
def expire(windows: Windows, nodes: Nodes, row: int, window: int, begin: int, interval: int) -> None:
    """Let bars that ended at or before ``begin`` leave a window."""
    if begin <= windows.begins[row, window]:
        return
    node = windows.oldest[row, window]
    while node != NONE and nodes[node].start + interval <= begin:
        windows.sums[row, window] -= units(nodes[node].volume)
        node = nodes[node].newer
    windows.oldest[row, window] = node
    windows.begins[row, window] = begin


@compiled_in_place
def volume_in(windows: Windows, row: int, window: int) -> float:
    """Return the volume in a window, in shares."""
    shares: float = windows.sums[row, window] / SHARE
    return shares

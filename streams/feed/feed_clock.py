"""When a feed writes a clock record: whenever its event time passes into a new second."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

SECOND_MS: Final = 1000
BEFORE_ALL: Final = np.iinfo(np.int64).min


class ClockPoints(NamedTuple):
    """Clock records to be written among the rows of a column: ``times[i]`` goes before row ``positions[i]``."""

    positions: npt.NDArray[np.int64]
    times: npt.NDArray[np.int64]
    """ms since the epoch, UTC."""


class FeedClock:
    """The event time a feed has reached.

    A record whose event time lies in a later second than any before it is preceded by a clock record of the last
    millisecond before that second; one covers all the seconds skipped. Corrections, which are older, do not move it.
    """

    def __init__(self) -> None:
        """Start before all time: the first record is preceded by a clock record too."""
        self._second = BEFORE_ALL
        self.event_time: int | None = None

    def advance(self, event_time: int) -> int | None:
        """Return the clock to write before a record of this event time (both in ms), ``None`` where none is due."""
        second = event_time // SECOND_MS
        if second <= self._second:
            return None
        self._second = second
        self.event_time = second * SECOND_MS - 1
        return self.event_time

    def advance_all(self, event_times: npt.NDArray[np.int64]) -> ClockPoints:
        """Return the clocks to write among records of these event times: the same as ``advance`` on each in turn."""
        seconds = event_times // SECOND_MS
        before = np.empty_like(seconds)
        before[:1] = self._second
        np.maximum.accumulate(seconds[:-1], out=before[1:])
        np.maximum(before, self._second, out=before)
        positions = np.flatnonzero(seconds > before)
        times = seconds[positions] * SECOND_MS - 1
        if len(times):
            self._second = int(seconds[positions[-1]])
            self.event_time = int(times[-1])
        return ClockPoints(positions, times)

    def finish(self, event_time: int) -> int:
        """Return the clock that ends a file: everything up to ``event_time`` (ms) has been written."""
        self._second = max(self._second, event_time // SECOND_MS)
        self.event_time = event_time
        return event_time

"""A file's columns into Kafka at the pace at which they happened, many times faster, or as fast as it goes."""

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from schemas import clock
from streams.feed.feed_clock import ClockPoints, FeedClock
from streams.feed.flat_file import FlatFile
from streams.feed.publisher import Publisher

CHUNK_ROWS: Final = 1 << 16
"""Rows handed over at once: large enough for full batches, small enough for a progress bar that moves."""
TICK_SECONDS: Final = 0.05
"""Time between two looks at what is due when the pace is given."""
MS_PER_SECOND: Final = 1000

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""


async def publish_file(
    publisher: Publisher,
    file: FlatFile,
    speed: float | None = None,
    progress: Progress | None = None,
    paced_from: int | None = None,
) -> None:
    """Publish a file with its clock records, ending with the clock of its ``as_of``, and wait until Kafka has it all.

    ``speed`` is event seconds per second, ``None`` for as fast as possible; what is up to ``paced_from`` (ms; by
    default the first event) goes at once. What was refused on reading goes to ``dead_letters`` first.
    """
    received = clock.now_ms()
    await publisher.publish(reject.letter(received) for reject in file.rejects)
    columns = file.columns
    points = FeedClock().advance_all(columns.event_times())
    pace = _Pace(file, speed, paced_from)
    done = 0
    while done < len(columns):
        stop = min(pace.due(), done + CHUNK_ROWS)
        if stop > done:
            first, last = np.searchsorted(points.positions, [done, stop])
            part = ClockPoints(points.positions[first:last] - done, points.times[first:last])
            await publisher.publish_columns(columns.part(done, stop), part)
            done = stop
            if progress:
                progress(done, len(columns))
        else:
            await asyncio.sleep(TICK_SECONDS)
    await pace.reach(file.as_of)
    await publisher.clock(file.as_of)
    await publisher.flush()


class _Pace:
    """How many rows are due by now."""

    def __init__(self, file: FlatFile, speed: float | None, paced_from: int | None) -> None:
        """Start the time at ``paced_from``, by default at the file's first event."""
        self._times = file.columns.event_times()
        self._speed = speed
        self._origin = paced_from if paced_from is not None or not len(self._times) else int(self._times[0])
        self._started = clock.monotonic()

    def _event_time(self) -> float | None:
        """Return the event time (ms) that has come, ``None`` where all has."""
        if self._speed is None or self._origin is None:
            return None
        return self._origin + (clock.monotonic() - self._started) * MS_PER_SECOND * self._speed

    def due(self) -> int:
        """Return how many rows are due."""
        now = self._event_time()
        return len(self._times) if now is None else int(np.searchsorted(self._times, now, side="right"))

    async def reach(self, event_time: int) -> None:
        """Wait until an event time (ms) has come."""
        now = self._event_time()
        if now is not None and self._speed:
            await asyncio.sleep(max(event_time - now, 0) / MS_PER_SECOND / self._speed)

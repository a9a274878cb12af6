"""The only module that reads the machine's clock: for latency, liveness and received times, never for a number."""

import time
from typing import Final

NANOSECONDS_PER_MILLISECOND: Final = 1_000_000


def now_ms() -> int:
    """Return the wall clock in ms since the epoch, UTC."""
    return time.time_ns() // NANOSECONDS_PER_MILLISECOND  # noqa: TID251 - the one place


def monotonic() -> float:
    """Return seconds on a clock that never goes back; only differences mean something."""
    return time.monotonic()  # noqa: TID251 - the one place

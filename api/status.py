"""PURE. How old the data is, and what keeps it from being live."""

from typing import NamedTuple

from api.view import Moment


class Trouble(NamedTuple):
    """Why nothing newer can be read: ``reason`` for programs, ``detail`` for people."""

    reason: str
    detail: str


class Status(NamedTuple):
    """The state of the source at one instant of the wall clock."""

    moment: Moment | None
    age_ms: int | None
    """Since the oldest partition in view was written; ``None`` before any data."""
    stale: bool
    reason: str | None
    """``redis_unreachable``, ``unreadable``, ``no_data``, ``workers_silent``, ``partitions_behind`` or ``None``."""
    detail: str | None


def status(moment: Moment | None, trouble: Trouble | None, now: int, stale_ms: float) -> Status:
    """Judge a view at ``now`` (ms since the epoch): stale once any part of it is older than ``stale_ms``."""
    age = max(0, now - moment.oldest_published_time) if moment else None
    found = trouble or _silence(moment, now, stale_ms)
    return Status(moment, age, found is not None, *(found or (None, None)))


def _silence(moment: Moment | None, now: int, stale_ms: float) -> Trouble | None:
    if moment is None:
        return Trouble("no_data", "no worker has written anything yet")
    if now - moment.published_time >= stale_ms:
        return Trouble("workers_silent", f"nothing written for {(now - moment.published_time) / 1000:.0f} s")
    if now - moment.oldest_published_time >= stale_ms:
        seconds = (now - moment.oldest_published_time) / 1000
        return Trouble("partitions_behind", f"a partition was last written {seconds:.0f} s ago")
    if moment.present < moment.partitions:
        missing = moment.partitions - moment.present
        return Trouble(
            "partitions_behind", f"{missing} of {moment.partitions} partitions have nothing of this date yet"
        )
    return None

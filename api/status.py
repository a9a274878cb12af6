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
    """Since the oldest partition in view was written or the feed last moved on, whichever is longer ago."""
    stale: bool
    reason: str | None
    """``redis_unreachable``, ``unreadable``, ``no_data``, ``workers_silent``, ``partitions_behind``,
    ``feed_silent`` or ``None``."""
    detail: str | None


def status(moment: Moment | None, trouble: Trouble | None, now: int, stale_ms: float) -> Status:
    """Judge a view at ``now`` (ms since the epoch): stale once any part of it is older than ``stale_ms``."""
    age = max(0, now - min(moment.oldest_published_time, moment.advanced_time)) if moment else None
    found = trouble or _silence(moment, now, stale_ms)
    return Status(moment, age, found is not None, *(found or (None, None)))


def _silence(moment: Moment | None, now: int, stale_ms: float) -> Trouble | None:
    """Return the first of the ways in which a view can be old, the graver first."""
    if moment is None:
        return Trouble("no_data", "no worker has written anything yet")
    written, oldest, moved = (
        (now - then) / 1000 for then in (moment.published_time, moment.oldest_published_time, moment.advanced_time)
    )
    stale = stale_ms / 1000
    if written >= stale:
        return Trouble("workers_silent", f"the workers have written nothing for {written:.0f} s")
    if oldest >= stale:
        return Trouble("partitions_behind", f"a partition was last written {oldest:.0f} s ago")
    if moment.present < moment.partitions:
        missing = f"{moment.partitions - moment.present} of {moment.partitions} partitions"
        return Trouble("partitions_behind", f"{missing} have written nothing of this trading date yet")
    if moved >= stale and moment.session != "closed":
        return Trouble("feed_silent", f"the workers live, but the feed has brought nothing newer for {moved:.0f} s")
    return None

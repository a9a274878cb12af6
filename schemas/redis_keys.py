"""Every key and channel in Redis: workers write them, the gateway reads them, and all can be rebuilt from Kafka."""

from typing import Final

TIME_TO_LIVE_SECONDS: Final = 2 * 24 * 3600
"""Boards and universe of a trading date stay this long after their last write."""


def board(trading_date: str, session: str, name: str) -> str:
    """Return the hash of a board: field = partition, value = ``parts.BoardPart``."""
    return f"board:{trading_date}:{session}:{name}"


def universe(trading_date: str) -> str:
    """Return the hash of all current rows: field = partition, value = ``parts.UniversePart``."""
    return f"universe:{trading_date}"


def heads() -> str:
    """Return the hash that says how far each partition is: field = partition, value = ``parts.Head``."""
    return "heads"


def changes() -> str:
    """Return the channel on which a ``parts.Head`` is published after each write."""
    return "changes"


def alerts(trading_date: str) -> str:
    """Return the sorted set of a date's alerts: ``records.Alert`` as JSON, by event time (ms)."""
    return f"alerts:{trading_date}"


def alert_log() -> str:
    """Return the stream of the newest alerts of all dates, in the order in which they came; see ``event_log``."""
    return "alert_log"


def alert_log_epoch() -> str:
    """Return what tells one log from another that took its place: a random text, made with the log."""
    return "alert_log:epoch"

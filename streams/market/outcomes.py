"""What becomes of a record that is folded: the numbers that kernels use, and the names that people read."""

from typing import Final

(
    FOLDED,
    CORRECTED,
    SKIPPED,
    TOO_LATE,
    OUTSIDE_SESSION,
    OTHER_INTERVAL,
    CLOCKED,
    UNDECODABLE,
    BAD_TICKER,
) = range(9)
"""What became of a record."""
OUTCOMES: Final = (
    "folded",
    "corrected",
    "skipped",
    "too_late",
    "outside_session",
    "other_interval",
    "clocked",
    "undecodable",
    "bad_ticker",
)

"""What a set of bars adds up to: sums, and extremes with the bars that made them.

A ticker's row holds the totals of all its bars, and apart from them those of the bars too old to be corrected. Both
have the same field names, so that one set of functions serves both.
"""

from typing import Final, TypeAlias

import numpy as np

from schemas.compiled import compiled_in_place

NEVER: Final = np.iinfo(np.int64).max
"""A time that every bar is earlier than."""
MINUTE_MS: Final = 60_000

PRE_MARKET, REGULAR, POST_MARKET = range(3)
"""The sessions in which bars can start, as the index of their extremes."""
OPENING_MINUTES: Final = (1, 5, 15, 30)
"""The first half hour has four parts that end so many minutes after the open; an opening range is the first of them."""
NO_PART: Final = -1

TOTALS_FIELDS: Final = (
    ("volume", "f8"),  # shares, summed
    ("value", "f8"),  # close x volume, summed
    ("high", "f8", (3,)),  # highest high by session
    ("low", "f8", (3,)),  # lowest low by session
    ("high_time", "i8", (3,)),  # start of the first bar with that high
    ("low_time", "i8", (3,)),
    ("opening_high", "f8", (4,)),  # highest high by part of the first half hour
    ("opening_low", "f8", (4,)),
)
TOTALS: Final = np.dtype((np.record, list(TOTALS_FIELDS)))

Totals: TypeAlias = np.record
"""A record with the fields of ``TOTALS``, among others or alone."""


@compiled_in_place
def session_of(start: int, opens: int, closes: int) -> int:
    """Return the session in which a bar starts, given the regular session's edges."""
    if start < opens:
        return PRE_MARKET
    if start < closes:
        return REGULAR
    return POST_MARKET


@compiled_in_place
def opening_part(start: int, opens: int) -> int:
    """Return the part of the first half hour in which a bar starts, or ``NO_PART``."""
    if start < opens:
        return NO_PART
    for part in range(4):
        if start < opens + OPENING_MINUTES[part] * MINUTE_MS:
            return part
    return NO_PART


@compiled_in_place
def clear(totals: Totals) -> None:
    """Make them those of no bar."""
    totals.volume = totals.value = 0.0
    for session in range(3):
        totals.high[session] = -np.inf
        totals.low[session] = np.inf
        totals.high_time[session] = totals.low_time[session] = NEVER
    for part in range(4):
        totals.opening_high[part] = -np.inf
        totals.opening_low[part] = np.inf


@compiled_in_place
def copy(target: Totals, source: Totals) -> None:
    """Make ``target`` the same as ``source``."""
    target.volume = source.volume
    target.value = source.value
    for session in range(3):
        target.high[session] = source.high[session]
        target.low[session] = source.low[session]
        target.high_time[session] = source.high_time[session]
        target.low_time[session] = source.low_time[session]
    for part in range(4):
        target.opening_high[part] = source.opening_high[part]
        target.opening_low[part] = source.opening_low[part]


@compiled_in_place
def add(  # noqa: PLR0913, PLR0917 - compiled code passes numbers, not objects
    totals: Totals, start: int, high: float, low: float, close: float, volume: float, session: int, part: int
) -> None:
    """Count a bar; of those with the same extreme the one that starts first has made it, whatever came first."""
    totals.volume += volume
    totals.value += close * volume
    if high > totals.high[session]:
        totals.high[session] = high
        totals.high_time[session] = start
    elif high == totals.high[session]:
        totals.high_time[session] = min(totals.high_time[session], start)
    if low < totals.low[session]:
        totals.low[session] = low
        totals.low_time[session] = start
    elif low == totals.low[session]:
        totals.low_time[session] = min(totals.low_time[session], start)
    if part != NO_PART:
        totals.opening_high[part] = max(totals.opening_high[part], high)
        totals.opening_low[part] = min(totals.opening_low[part], low)

"""Halts as a state machine: trading, halted, quoting, and trading again, from two feeds that may tell of the same halt.

Limit-up limit-down messages say when a pause begins (indicator 17) and ends (18); the exchange's feed says when a halt
began, why, and when quoting and trading resume, which may lie in the future. Nothing here needs a timer: a row holds
the times, and the state at an instant follows from them.

A halt is known by when it began. Two reports less than a minute apart are of the same halt: the earlier time counts,
the exchange's reason and times are added. A report of a halt older than the newest one changes nothing.
"""

from typing import Final

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.halt_codes import PACKED, UNKNOWN, is_pause, number_of
from streams.market.halt_state import HaltRow

TRADING, HALTED, QUOTING = range(3)
STATES: Final = ("trading", "halted", "quoting")
"""Names of the states, by number."""

BANDS, EXCHANGE, CONTRADICTED = 1, 2, 4
"""Bits of ``heard_from``; the last where the feeds differ about a halt by more than a minute."""

MINUTE_MS: Final = 60_000
SAME_MS: Final = MINUTE_MS
"""Reports of one halt are no further apart than this."""
PAUSE_MS: Final = 5 * MINUTE_MS
"""A volatility pause lasts so long, or is extended by as much again and again."""
NO_REOPENING_MS: Final = 10 * MINUTE_MS
"""A pause that is on so long before the close goes on until the close: Nasdaq, Equity Trader Alert 2014-3."""

OLDER, SAME, NEWER = range(3)
"""What a report of a halt is to the newest one known."""


@compiled_in_place
def relation(row: HaltRow, halt_time: int) -> int:
    """Return whether a halt that began at ``halt_time`` is the row's, or an older or newer one."""
    if row.halt_time != 0 and abs(halt_time - row.halt_time) <= SAME_MS:
        return SAME
    return NEWER if halt_time > row.halt_time else OLDER


@compiled_in_place
def resumption(row: HaltRow) -> int:
    """Return when trading resumes after the row's halt; 0 where nobody has said.

    The earlier time counts where both feeds mean the same, else the message that said that it has resumed.
    """
    told: int = row.trade_time
    seen: int = row.resumed_time if row.resumed_time >= row.halt_time else 0
    if seen == 0:
        return told
    if told == 0 or abs(told - seen) > SAME_MS:
        return seen
    return min(told, seen)


@compiled_in_place
def state_at(row: HaltRow, time: int) -> int:
    """Return the state at an instant (ms), as far as the row knows: it holds one halt, the newest."""
    resumes = resumption(row)
    if row.halt_time == 0 or time < row.halt_time or (resumes != 0 and time >= resumes):
        return TRADING
    return QUOTING if row.quote_time != 0 and time >= row.quote_time else HALTED


@compiled_in_place
def next_resumption(row: HaltRow, time: int, day_start: int, closes: int) -> int:
    """Return when trading resumes, or next may, as seen at an instant of the day; 0 where it trades or nobody knows.

    A volatility pause ends five minutes after it began, or is extended by another five each time; one that is on ten
    minutes before the close (of half days too) ends with the close. Other halts last until a time is published.
    """
    if state_at(row, time) == TRADING:
        return 0
    resumes = resumption(row)
    if resumes != 0:
        return resumes
    if not is_pause(row.reason) or row.halt_time < day_start or time >= closes:
        return 0
    passed: int = (time - row.halt_time) // PAUSE_MS
    due: int = row.halt_time + (passed + 1) * PAUSE_MS
    return due if due < closes - NO_REOPENING_MS else closes


@compiled_in_place
def begin_halt(row: HaltRow, halt_time: int, feed: int) -> None:
    """Make the row's halt a new one, of which one feed has told."""
    row.halt_time = halt_time
    row.reason = UNKNOWN
    row.reason_code = 0
    row.pause_price = np.nan
    row.heard_from = feed
    row.listed_time = row.quote_time = row.trade_time = 0
    row.told_halt = row.told_resumption = 0
    if halt_time >= row.day_start:
        row.halts_today += 1


@compiled_in_place
def note_contradiction(row: HaltRow) -> None:
    """Note where the feeds differ about when trading resumed."""
    if row.trade_time != 0 and row.resumed_time >= row.halt_time and abs(row.trade_time - row.resumed_time) > SAME_MS:
        row.heard_from |= CONTRADICTED


@compiled_in_place
def pause_begins(row: HaltRow, time: int, reason: int) -> None:
    """Take the message that trading is paused from ``time`` on, for what is taken as the reason until it is listed.

    Said again while the day's halt is on, it is the same halt. One that nobody has ended by another day has ended
    unheard.
    """
    found = relation(row, time)
    if found == OLDER:
        return
    if found == SAME:
        row.halt_time = min(row.halt_time, time)
        row.heard_from |= BANDS
        return
    is_on = state_at(row, time) != TRADING
    if is_on and row.halt_time >= row.day_start:
        row.heard_from |= BANDS
        return
    begin_halt(row, time, BANDS | CONTRADICTED if is_on else BANDS)
    row.reason = reason
    row.reason_code = PACKED[reason]


@compiled_in_place
def pause_ends(row: HaltRow, time: int) -> None:
    """Take the message that trading resumed at ``time``; said again of the same halt, the first one counts."""
    if row.halt_time != 0 and row.resumed_time >= row.halt_time:
        return
    row.resumed_time = max(row.resumed_time, time)
    note_contradiction(row)


@compiled_in_place
def list_halt(row: HaltRow, halt_time: int, event_time: int, code: int) -> bool:
    """Take what an exchange lists of a halt, but for its price and times; return whether these are to be taken too.

    ``code`` is the packed reason. A record older than the one taken last is late and changes nothing.
    """
    found = relation(row, halt_time)
    if found == OLDER:
        return False
    if found == NEWER:
        begin_halt(row, halt_time, EXCHANGE)
    row.halt_time = min(row.halt_time, halt_time)
    row.heard_from |= EXCHANGE
    if event_time < row.listed_time:
        return False
    row.listed_time = event_time
    row.reason_code = code
    row.reason = number_of(code)
    return True


@compiled_in_place
def list_times(row: HaltRow, pause_price: float, quote_time: int, trade_time: int) -> None:
    """Take the price (NaN: none) and the resumption times (0: none) that an exchange lists of the row's halt."""
    row.pause_price = pause_price
    row.quote_time = quote_time
    row.trade_time = trade_time
    note_contradiction(row)


@compiled_in_place
def take_limits(row: HaltRow, time: int, high: float, low: float) -> None:
    """Take price bands told at ``time`` (NaN: none); a late message changes nothing, nor does one without any."""
    if time >= row.limits_time and not (np.isnan(high) and np.isnan(low)):
        row.limit_up = high
        row.limit_down = low
        row.limits_time = time

"""New highs and lows of a session: a bar strictly above every earlier one of the session, silent on the first bar.

Trade Ideas' New High is of regular hours only, with alerts of their own for the other sessions; here each session has
its own. Every break is counted; an event rests for a while after the last one, and until the price has gone further.
The last one is that of the newest time: a late bar of the session before may still make an event, and wakes none up.
"""

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.bars import Bar
from streams.market.events import NEW_HIGH, NEW_LOW, EventLog, add_event
from streams.market.symbol_state import Row
from streams.market.totals import POST_MARKET, PRE_MARKET, REGULAR


@compiled_in_place
def has_rested(row: Row, kind: int, time: int, cooldown_ms: int) -> bool:
    """Return whether the last event of a kind was long enough ago, or there was none today.

    Without a cooldown too, a bar that is corrected makes no second event of a kind: the time is in an alert's id.
    """
    return bool(row.alerted[kind] == 0 or time >= row.alerted[kind] + max(cooldown_ms, 1))


@compiled_in_place
def find_new_high(  # noqa: PLR0913, PLR0917 - compiled code passes numbers, not objects
    log: EventLog, number: int, row: Row, bar: Bar, session: int, earlier: float, cooldown_ms: int, increment: float
) -> None:
    """Note a bar above its session's ``earlier`` high, which is -inf on the session's first bar."""
    if not (earlier > -np.inf and bar.high > earlier):
        return
    row.high_breaks[session] += 1
    time = bar.start_time + bar.interval_ms
    is_first = row.high_breaks[session] == 1
    is_further = has_rested(row, NEW_HIGH, time, cooldown_ms) and not bar.high < row.alerted_high + increment
    if is_first or is_further:
        if time > row.alerted[NEW_HIGH]:
            row.alerted[NEW_HIGH] = time
            row.alerted_high = bar.high
        event = add_event(log.events, log.used, NEW_HIGH, number, time, bar.high)
        event.level = earlier
        event.count = row.high_breaks[session]
        event.session = session
        if session != PRE_MARKET:
            event.first_level = row.high[PRE_MARKET]
        if session == POST_MARKET:
            event.second_level = row.high[REGULAR]


@compiled_in_place
def find_new_low(  # noqa: PLR0913, PLR0917 - as above
    log: EventLog, number: int, row: Row, bar: Bar, session: int, earlier: float, cooldown_ms: int, increment: float
) -> None:
    """Note a bar below its session's ``earlier`` low, which is inf on the session's first bar."""
    if not (earlier < np.inf and bar.low < earlier):
        return
    row.low_breaks[session] += 1
    time = bar.start_time + bar.interval_ms
    is_first = row.low_breaks[session] == 1
    is_further = has_rested(row, NEW_LOW, time, cooldown_ms) and not bar.low > row.alerted_low - increment
    if is_first or is_further:
        if time > row.alerted[NEW_LOW]:
            row.alerted[NEW_LOW] = time
            row.alerted_low = bar.low
        event = add_event(log.events, log.used, NEW_LOW, number, time, bar.low)
        event.level = earlier
        event.count = row.low_breaks[session]
        event.session = session
        if session != PRE_MARKET:
            event.first_level = row.low[PRE_MARKET]
        if session == POST_MARKET:
            event.second_level = row.low[REGULAR]

"""Crossings of a level by the newest bar's close: of the VWAP, and of the previous close."""

from typing import Final

from schemas.compiled import compiled_in_place
from streams.market.bars import Bar
from streams.market.breaks import has_rested
from streams.market.events import (
    PREV_CLOSE_CROSS_DOWN,
    PREV_CLOSE_CROSS_UP,
    VWAP_CROSS_DOWN,
    VWAP_CROSS_UP,
    EventLog,
    add_event,
)
from streams.market.gap import volume_weighted_price
from streams.market.symbol_state import ABOVE, BELOW, NO_SIDE, Row

ROUNDING: Final = 1e-10
"""Share of a level that is no distance: the VWAP of a ticker that trades at one price differs from it in last bits."""


@compiled_in_place
def side_of(price: float, level: float, before: int) -> int:
    """Return the side of a level on which a price is; on the level, or without one, it is where it was."""
    nothing = level * ROUNDING
    if price > level + nothing:
        return ABOVE
    if price < level - nothing:
        return BELOW
    return before


@compiled_in_place
def crossed(before: int, side: int, up: int, down: int) -> int:
    """Return the kind of event that a change of sides makes, or -1; the first side that is known makes none."""
    if before in (NO_SIDE, side):
        return -1
    return up if side == ABOVE else down


@compiled_in_place
def _emit_crossing(  # noqa: PLR0913, PLR0917 - compiled code passes numbers, not objects
    log: EventLog, number: int, row: Row, bar: Bar, session: int, kind: int, level: float, cooldown_ms: int
) -> None:
    """Note a crossing, unless one of its kind has just been."""
    time = bar.start_time + bar.interval_ms
    if kind >= 0 and has_rested(row, kind, time, cooldown_ms):
        row.alerted[kind] = time
        event = add_event(log.events, log.used, kind, number, time, bar.close)
        event.level = level
        event.session = session


@compiled_in_place
def find_crossings(  # noqa: PLR0913, PLR0917 - as above
    log: EventLog, number: int, row: Row, bar: Bar, session: int, previous_close: float, cooldown_ms: int
) -> None:
    """Note on which sides the newest bar closed, and where it went over to the other one."""
    vwap = volume_weighted_price(row)
    side = side_of(bar.close, vwap, row.vwap_side)
    kind = crossed(row.vwap_side, side, VWAP_CROSS_UP, VWAP_CROSS_DOWN)
    row.vwap_side = side
    _emit_crossing(log, number, row, bar, session, kind, vwap, cooldown_ms)
    side = side_of(bar.close, previous_close, row.close_side)
    kind = crossed(row.close_side, side, PREV_CLOSE_CROSS_UP, PREV_CLOSE_CROSS_DOWN)
    row.close_side = side
    _emit_crossing(log, number, row, bar, session, kind, previous_close, cooldown_ms)

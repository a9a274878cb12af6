"""Spikes of volume: the last five minutes against the same five minutes of the usual day.

Trade Ideas' high relative volume alert looks at recent minutes only, too.
"""

from typing import Final

from schemas.compiled import compiled_in_place
from streams.market.bars import Bar
from streams.market.breaks import has_rested
from streams.market.events import VOLUME_SPIKE, EventLog, add_event
from streams.market.relative_volume import Curves, baseline_between
from streams.market.symbol_state import Row

SPIKE_MS: Final = 5 * 60_000
SPIKE_RATIO: Final = 5.0
"""Times the usual volume from which on it is a spike: the ratio that scanners of small caps ask for."""
CALM_RATIO: Final = 2.5
"""Times the usual volume below which the spike is over."""
SPIKE_SHARES: Final = 10_000.0
"""Fewer shares in five minutes are no spike, whatever is usual."""


@compiled_in_place
def find_spike(  # noqa: PLR0913, PLR0917 - compiled code passes arrays and numbers, not objects
    log: EventLog,
    number: int,
    row: Row,
    bar: Bar,
    session: int,
    volume: float,
    curves: Curves,
    cooldown_ms: int,
) -> None:
    """Note whether ``volume``, that of the five minutes before the newest bar's end, begins a spike or ends one."""
    if row.spiking == 0 and volume < SPIKE_SHARES:
        return
    time = bar.start_time + bar.interval_ms
    usual = baseline_between(curves, number, (time - SPIKE_MS - row.day_start) // 1000, (time - row.day_start) // 1000)
    ratio = volume / usual if usual > 0.0 else 0.0
    if row.spiking == 1:
        if ratio < CALM_RATIO:
            row.spiking = 0
    elif ratio >= SPIKE_RATIO:
        row.spiking = 1
        if has_rested(row, VOLUME_SPIKE, time, cooldown_ms):
            row.alerted[VOLUME_SPIKE] = time
            event = add_event(log.events, log.used, VOLUME_SPIKE, number, time, bar.close)
            event.level = usual
            event.value = ratio
            event.session = session

"""The oracle of who enters and leaves boards with a condition, from the bars of a day, one by one.

It holds for clean data, as ``oracle_alerts``, in which the feed's clock passes between any two bars of a ticker.
"""

from collections.abc import Iterator
from typing import Final

from tests.support.oracle_alerts import Alert, TickerDay, alert
from tests.support.oracle_bars import Bar, session_at
from tests.support.oracle_boards import BOARDS, OPEN_IN, belongs
from tests.support.oracle_metrics import Row, percent, ratio
from tests.support.oracle_reference import baseline

WATCHED: Final = {
    "low_float_runners": "Low-float runners",
    "five_pillars": "Five pillars",
    "small_cap_gappers": "Small-cap gappers",
}
"""Boards of which it is told, and what people call them."""


def memberships(own: TickerDay) -> Iterator[Alert]:
    """Yield for each board the bars at whose end a ticker is newly on it, or no longer."""
    for name, title in WATCHED.items():
        was_on = False
        for bar, row in rows_of(own):
            session = session_at(own.day, bar.end)
            is_open = session in OPEN_IN.get(name, (session,))
            is_on = is_open and belongs(row, name)
            if is_open and is_on != was_on:
                kind = "entered" if is_on else "left"
                found = alert(own, kind, bar, bar.close, None, value=row[BOARDS[name][0]], extra=name, note=title)
                yield found | {"session": session}
            was_on = is_on


def rows_of(own: TickerDay) -> Iterator[tuple[Bar, Row]]:
    """Yield each bar with the metrics at its end that conditions are on."""
    close = own.facts["prev_close"]
    opening = None
    volume = 0.0
    for bar in own.bars:
        volume += bar.volume
        if opening is None and session_at(own.day, bar.start) == "regular":
            opening = bar.open
        usual = None if own.curve is None else baseline(own.curve, bar.end)
        yield (
            bar,
            {
                "price": bar.close,
                "change_pct": percent(bar.close, close),
                "gap_pct": percent(bar.close if opening is None else opening, close),
                "relative_volume_at_time": ratio(volume, usual),
                "float": own.facts["float_shares"],
                "market_cap": own.facts["market_cap"],
            },
        )

"""Events in the words that people read: alerts with ids, sessions, levels passed and notes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.records import Alert
from streams.market.events import KINDS, Events
from streams.market.grid import SCANNED
from streams.market.halt_codes import HALT_CODES
from streams.market.session import SESSIONS

OPENING_RANGES: Final = ("opening_range_up", "opening_range_down")
RUNNING: Final = ("running_up", "running_down")
HALTS: Final = ("halted", "resumed")
MEMBERSHIPS: Final = ("entered", "left")
EXTREMES: Final = {"new_high": "high", "new_low": "low"}
EARLIER: Final = (("second_level", "regular-session"), ("first_level", "pre-market"))
"""Fields of an event with the extremes of earlier sessions, and what people call those."""
CENTS_FROM: Final = 1.0
"""Dollars from which on prices are said to the cent."""


class Days(NamedTuple):
    """Extremes of the days before, newest first, in dollars."""

    highs: npt.NDArray[np.float64]
    lows: npt.NDArray[np.float64]


DaysOf = Callable[[str, int], Days]
"""Gives the days before the trading date of an instant (ms) of a ticker; empty where nothing is known."""


def alerts_of(events: Events, tickers: Sequence[str], days_of: DaysOf) -> Iterator[Alert]:
    """Yield an alert for each event; ``tickers`` are those of the events, in their order."""
    names = events.dtype.names or ()
    for ticker, values in zip(tickers, events.tolist(), strict=True):
        yield _alert(dict(zip(names, values, strict=True)), ticker, days_of)


def _alert(event: dict[str, Any], ticker: str, days_of: DaysOf) -> Alert:
    """Return one alert."""
    kind = KINDS[event["kind"]]
    identity = f"{kind}:{ticker}:{event['time']}"
    price, value = _defined(event["price"]), _defined(event["value"])
    quality, note = None, ""
    if kind in EXTREMES:
        extremes = getattr(days_of(ticker, event["time"]), f"{EXTREMES[kind]}s")
        quality = cleared(event["price"], extremes, above=kind == "new_high") if len(extremes) else None
        note = "; ".join(_passed(event, EXTREMES[kind], extremes[:1].tolist()))
    elif kind in OPENING_RANGES:
        minutes = int(event["value"])
        identity += f":{minutes}"
        side = "high" if kind == "opening_range_up" else "low"
        note = f"broke the {minutes}-minute opening range {side} of {dollars(event['level'])}"
    elif kind in RUNNING:
        identity += f":{int(event['first_level'])}s"
        note = f"{dollars(abs(event['second_level']))} a minute over {int(event['first_level'])} s"
    elif kind in HALTS:
        identity = f"{kind}:{ticker}:{int(event['first_level'])}"
        note = HALT_CODES[int(event["value"])].words
    elif kind in MEMBERSHIPS:
        board = SCANNED[int(event["first_level"])].board
        identity += f":{board.name}"
        note = board.title
    return Alert(
        id=identity,
        kind=kind,
        ticker=ticker,
        event_time=event["time"],
        session=SESSIONS[event["session"]].value,
        price=price,
        level=_defined(event["level"]),
        value=value,
        count=event["count"] or None,
        quality_days=quality,
        note=note,
    )


def _defined(value: float) -> float | None:
    """Return a value, ``None`` where it is undefined."""
    return value if np.isfinite(value) else None


def cleared(price: float, extremes: npt.NDArray[np.float64], *, above: bool) -> int:
    """Return how many days, counted back from the newest without a gap, the price is above (below) the extreme of.

    Trade Ideas calls this the quality of a new high: the look-back in days that it clears.
    """
    beyond = extremes < price if above else extremes > price
    return int(len(beyond) if beyond.all() else beyond.argmin())


def _passed(event: dict[str, Any], extreme: str, yesterday: Sequence[float]) -> Iterator[str]:
    """Yield what else a new high (low) has passed: extremes of earlier sessions of the day, and yesterday's."""
    levels = [(event[field], f"the {name} {extreme}") for field, name in EARLIER]
    levels += [(level, f"yesterday's {extreme}") for level in yesterday]
    for level, name in levels:
        low, high = sorted((event["level"], event["price"]))
        is_passed = low <= level < high if extreme == "high" else low < level <= high
        if is_passed and np.isfinite(level):
            yield f"broke {name} of {dollars(level)}"


def dollars(price: float) -> str:
    """Return a price as people write it: to the cent, below a dollar to a hundredth of a cent."""
    return f"${price:,.2f}" if price >= CENTS_FROM else f"${price:.4f}"

"""Events in the words that people read: alerts with ids, sessions, levels passed and notes."""

from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.records import Alert
from streams.market.events import KINDS, Events
from streams.market.grid import SCANNED
from streams.market.halt_codes import HALT_CODES
from streams.market.session import SESSIONS

HALTS: Final = ("halted", "resumed")
"""Their ids have the time at which the halt began."""
SESSION_NAMES: Final = tuple(session.value for session in SESSIONS)
EXTREMES: Final = {"new_high": "high", "new_low": "low"}
CENTS_FROM: Final = 1.0
"""Dollars from which on prices are said to the cent."""


class Days(NamedTuple):
    """Extremes of the days before, newest first, in dollars."""

    highs: npt.NDArray[np.float64]
    lows: npt.NDArray[np.float64]


DaysOf = Callable[[str, int], Days]
"""Gives the days before the trading date of an instant (ms) of a ticker; empty where nothing is known."""


class _Event(NamedTuple):
    """The fields of ``events.EVENT``; ``times`` is its ``count``, which a tuple has already."""

    kind: int
    row: int
    time: int
    price: float
    level: float
    value: float
    times: int
    session: int
    first_level: float
    second_level: float


def alerts_of(events: Events, tickers: Sequence[str], days_of: DaysOf) -> Iterator[Alert]:
    """Yield an alert for each event; ``tickers`` are those of the events, in their order."""
    for ticker, values in zip(tickers, events.tolist(), strict=True):
        yield _alert(_Event._make(values), ticker, days_of)


def _alert(event: _Event, ticker: str, days_of: DaysOf) -> Alert:
    """Return one alert."""
    kind = KINDS[event.kind]
    suffix, note, quality = "", "", None
    if kind in EXTREMES:
        highs, lows = days_of(ticker, event.time)
        extremes = highs if kind == "new_high" else lows
        quality = cleared(event.price, extremes, above=kind == "new_high") if len(extremes) else None
        note = "; ".join(_passed(event, EXTREMES[kind], extremes[:1].tolist()))
    elif kind in WORDS:
        suffix, note = WORDS[kind](event)
    time = int(event.first_level) if kind in HALTS else event.time
    return Alert(
        id=f"{kind}:{ticker}:{time}{suffix}",
        kind=kind,
        ticker=ticker,
        event_time=event.time,
        session=SESSION_NAMES[event.session],
        price=_defined(event.price),
        level=_defined(event.level),
        value=_defined(event.value),
        count=event.times or None,
        quality_days=quality,
        note=note,
    )


def _of_opening_range(event: _Event) -> tuple[str, str]:
    """Return which range it was, for the id, and in words."""
    minutes = int(event.value)
    side = "high" if KINDS[event.kind] == "opening_range_up" else "low"
    return f":{minutes}", f"broke the {minutes}-minute opening range {side} of {dollars(event.level)}"


def _of_running(event: _Event) -> tuple[str, str]:
    """Return over how many seconds, for the id, and how fast in words."""
    seconds = int(event.first_level)
    return f":{seconds}s", f"{dollars(abs(event.second_level))} a minute over {seconds} s"


def _of_halt(event: _Event) -> tuple[str, str]:
    """Return why, in words."""
    return "", HALT_CODES[int(event.value)].words


def _of_membership(event: _Event) -> tuple[str, str]:
    """Return which board it was, for the id, and its title."""
    board = SCANNED[int(event.first_level)].board
    return f":{board.name}", board.title


WORDS: Final[dict[str, Callable[[_Event], tuple[str, str]]]] = {
    "opening_range_up": _of_opening_range,
    "opening_range_down": _of_opening_range,
    "running_up": _of_running,
    "running_down": _of_running,
    "halted": _of_halt,
    "resumed": _of_halt,
    "entered": _of_membership,
    "left": _of_membership,
}
"""What the kinds say beside their figures: what tells events of one time apart, and a note."""


def _defined(value: float) -> float | None:
    """Return a value, ``None`` where it is undefined."""
    return value if isfinite(value) else None


def cleared(price: float, extremes: npt.NDArray[np.float64], *, above: bool) -> int:
    """Return how many days, counted back from the newest without a gap, the price is above (below) the extreme of.

    Trade Ideas calls this the quality of a new high: the look-back in days that it clears.
    """
    beyond = extremes < price if above else extremes > price
    return int(len(beyond) if beyond.all() else beyond.argmin())


def _passed(event: _Event, extreme: str, yesterday: Sequence[float]) -> Iterator[str]:
    """Yield what else a new high (low) has passed: extremes of earlier sessions of the day, and yesterday's."""
    levels = [(event.second_level, "the regular-session"), (event.first_level, "the pre-market")]
    levels += [(level, "yesterday's") for level in yesterday]
    for level, whose in levels:
        if event.level <= level < event.price if extreme == "high" else event.price < level <= event.level:
            yield f"broke {whose} {extreme} of {dollars(level)}"


def dollars(price: float) -> str:
    """Return a price as people write it: to the cent, below a dollar to a hundredth of a cent."""
    return f"${price:,.2f}" if price >= CENTS_FROM else f"${price:.4f}"

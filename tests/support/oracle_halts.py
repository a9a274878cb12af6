"""The oracle's metrics and alerts of halts and price bands, from lists of pauses, halts and bands."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from tests.support.halt_oracle import NEW_YORK, Listed, Pause, date_of, expected
from tests.support.oracle_alerts import FIELDS, Alert
from tests.support.oracle_bars import edges, milliseconds, session_at, since_midnight
from tests.support.oracle_metrics import Row, percent

REASONS: Final = {"LUDP": (1, "volatility pause"), "T12": (11, "additional information requested")}
"""Numbers and words."""


class Bands(NamedTuple):
    """Price bands as told at an instant, ms since the epoch; dollars."""

    ticker: str
    time: int
    low: float
    high: float


def halt_metrics(
    pauses: Sequence[Pause], told: Iterable[Bands], ticker: str, time: int, price: float | None
) -> dict[str, float | None]:
    """Return what pauses and bands alone say of a ticker at an instant.

    ``price`` is the ticker's. Bands are of the regular session that is on, the newest of them.
    """
    row: Row = dict.fromkeys(("halted", "halt_time", "resume_time", "halts_today"))
    found = expected(pauses, ticker, time)
    earlier = [pause for pause in pauses if pause.ticker == ticker and pause.begins <= time]
    if found is not None:
        row |= {**found._asdict(), "halted": float(found.halted)}
    elif earlier:
        # Of another day, and over.
        row |= {"halted": 0.0, "halt_time": max(pause.begins for pause in earlier)}
    day = edges(date_of(time))
    opens, closes = milliseconds(day.date, day.regular_start), milliseconds(day.date, day.regular_end)
    bands = [each for each in told if each.ticker == ticker and opens <= each.time <= time < closes]
    newest = max(bands, key=lambda each: each.time, default=None)
    low, high = (newest.low, newest.high) if newest else (None, None)
    return row | {
        "limit_up": high,
        "limit_down": low,
        "limit_up_distance_pct": None if high is None else percent(high, price),
        "limit_down_distance_pct": None if low is None else percent(low, price),
    }


def pause_alerts(pauses: Sequence[Pause], time: int, *, by_exchange: Iterable[str] = ()) -> list[Alert]:
    """Return the alerts of pauses up to an instant: when one begins, and when it ends.

    The prices of pauses are known of those tickers of which the exchange tells, and not the bands.
    """
    listed = set(by_exchange)
    found = []
    for pause in pauses:
        day = [each for each in pauses if each.ticker == pause.ticker and date_of(each.begins) == date_of(pause.begins)]
        count = sum(each.begins <= pause.begins for each in day)
        level = pause.price if pause.ticker in listed else None
        if pause.begins <= time:
            found.append(_alert("halted", pause, pause.begins, "LUDP", count=count, level=level))
        if pause.ends <= time:
            found.append(_alert("resumed", pause, pause.ends, "LUDP", count=count))
    return found


def listed_alerts(halts: Iterable[Listed]) -> list[Alert]:
    """Return the alerts of halts that a feed lists without an end, each the only one of its ticker on its date."""
    return [_alert("halted", halt, halt.begins, halt.reason, count=1) for halt in halts]


def _alert(kind: str, halt: Pause | Listed, time: int, reason: str, **others: float | None) -> Alert:
    """Return an alert about a halt at an instant."""
    number, words = REASONS[reason]
    return dict.fromkeys(FIELDS) | {
        "id": f"{kind}:{halt.ticker}:{halt.begins}",
        "kind": kind,
        "ticker": halt.ticker,
        "event_time": time,
        "session": session_of(time),
        "value": number,
        "note": words,
        **others,
    }


def session_of(time: int) -> str:
    """Return the session that an instant lies in."""
    local = dt.datetime.fromtimestamp(time // 1000, NEW_YORK)
    return session_at(edges(local.date()), since_midnight(local.time()))

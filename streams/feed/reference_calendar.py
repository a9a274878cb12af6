"""The vendor's holidays and half days against the exchange's calendar: where they differ, a session is wrong. PURE."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from streams.market.session import TradingDay, to_ms, to_new_york, trading_days

EXCHANGES: Final = frozenset({"NYSE", "NASDAQ"})
CLOSED: Final = "closed"
SATURDAY: Final = 5


def calendar_differences(upcoming: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return, one line each, where answers of ``/v1/marketstatus/upcoming`` and the exchange's calendar disagree.

    Compared are the dates from the first to the last that the vendor names, as far as the calendar reaches: a holiday
    or an early close that either has and the other has not, and the hour of an early close.
    """
    theirs = _theirs(upcoming)
    days = {day.date: day for day in trading_days()}
    if not theirs:
        return []
    found = []
    last = min(max(theirs), max(days))
    date = min(theirs)
    while date <= last:
        said, ours = theirs.get(date, "open"), _ours(days.get(date))
        if said != ours and date.weekday() < SATURDAY:
            found.append(f"{date}: {said} by the vendor, {ours} by the calendar")
        date += dt.timedelta(1)
    return found


def _theirs(upcoming: Iterable[Mapping[str, Any]]) -> dict[dt.date, str]:
    """Return what the vendor says of each date that it names."""
    said = {}
    for row in upcoming:
        if row.get("exchange") in EXCHANGES and row.get("date"):
            early = _early(row.get("close"))
            said[dt.date.fromisoformat(row["date"])] = CLOSED if row.get("status") == CLOSED else early
    return said


def _early(close: str | None) -> str:
    """Return an early close in words, as New York time."""
    if not close:
        return "early close"
    moment = dt.datetime.fromisoformat(close)
    return f"early close at {to_new_york(to_ms(moment)):%H:%M}"


def _ours(day: TradingDay | None) -> str:
    """Return what the calendar says of a date."""
    if day is None:
        return CLOSED
    return f"early close at {to_new_york(day.close):%H:%M}" if day.is_half_day else "open"

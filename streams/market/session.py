"""Trading dates and sessions in event time: pre-market 04:00, regular 09:30, post-market 16:00, closed 20:00 New York.

On half days the regular session ends at 13:00 and the post-market at 17:00. The days are those of
``exchange_days``. An instant on an edge belongs to the later session; a bar belongs to the session in which it starts.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from streams.market import exchange_days

NEW_YORK: Final = ZoneInfo("America/New_York")
DAY_START: Final = time(4)
NO_TIME: Final = timedelta(0)
OPEN: Final = timedelta(hours=5.5)
"""From the day's start; so are both closes."""
CLOSE: Final = timedelta(hours=12)
HALF_DAY_CLOSE: Final = timedelta(hours=9)
POST_MARKET: Final = timedelta(hours=4)
"""The post-market lasts four hours after the close, on half days too (13:00-17:00)."""
MILLISECOND: Final = timedelta(milliseconds=1)
SATURDAY: Final = 5


class Session(StrEnum):
    """Parts of a trading date."""

    PRE_MARKET = "pre_market"
    REGULAR = "regular"
    POST_MARKET = "post_market"
    CLOSED = "closed"


SESSIONS: Final = tuple(Session)
"""Sessions by the number that kernels use for them."""


class TradingDay(NamedTuple):
    """A trading date and its edges, in ms since the epoch (UTC)."""

    date: date
    start: int
    open: int
    close: int
    end: int

    @property
    def is_half_day(self) -> bool:
        """Whether the regular session is shorter than six and a half hours."""
        return self.close - self.open < 390 * 60_000


def to_ms(moment: datetime) -> int:
    """Return an aware datetime in ms since the epoch, UTC."""
    return round(moment.timestamp() * 1000)


def to_new_york(time_ms: int) -> datetime:
    """Return ms since the epoch as New York time."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=time_ms)).astimezone(NEW_YORK)


@cache
def trading_days() -> tuple[TradingDay, ...]:
    """Return every trading day from 2000 to as far as the exchange's calendar is known (years ahead)."""
    closed, half = _dates(exchange_days.CLOSED), _dates(exchange_days.HALF_DAYS)
    span = (exchange_days.LAST - exchange_days.FIRST).days + 1
    days = (exchange_days.FIRST + timedelta(days=number) for number in range(span))
    return tuple(
        _trading_day(day, HALF_DAY_CLOSE if day in half else CLOSE)
        for day in days
        if day.weekday() < SATURDAY and day not in closed
    )


def _dates(by_year: Mapping[int, str]) -> set[date]:
    """Return the dates of years with the months and days in them."""
    return {date.fromisoformat(f"{year}-{day}") for year, days in by_year.items() for day in days.split()}


def _trading_day(day: date, close: timedelta) -> TradingDay:
    """Return a day with its edges; New York's clocks change on Sundays, outside of it."""
    start = datetime.combine(day, DAY_START, NEW_YORK)
    return TradingDay(
        day, *(to_ms(start) + after // MILLISECOND for after in (NO_TIME, OPEN, close, close + POST_MARKET))
    )


@cache
def edges() -> npt.NDArray[np.int64]:
    """Return the edges of all trading days, shape days x 4 (start, open, close, end), ms since the epoch."""
    table = np.array([day[1:] for day in trading_days()], np.int64)
    table.setflags(write=False)
    return table


def day_index_at(time_ms: int) -> int:
    """Return the index of the trading day of an instant: the newest whose 04:00 has come, -1 before all."""
    return int(np.searchsorted(edges()[:, 0], time_ms, side="right")) - 1


def trading_day_at(time_ms: int) -> TradingDay:
    """Return the trading day that an instant belongs to; raise ``ValueError`` before the calendar begins."""
    index = day_index_at(time_ms)
    if index < 0:
        message = f"{to_new_york(time_ms):%Y-%m-%d} is before the calendar begins ({exchange_days.FIRST})"
        raise ValueError(message)
    return trading_days()[index]


def trading_day_of(day: date) -> TradingDay:
    """Return the trading day of a calendar date; raise ``ValueError`` where the exchange is closed on it."""
    start = to_ms(datetime.combine(day, DAY_START, NEW_YORK))
    found = trading_day_at(start)
    if found.date != day:
        message = f"{day} is not a trading day: the exchange is closed, or its calendar does not reach that far"
        raise ValueError(message)
    return found


def session_at(time_ms: int) -> Session:
    """Return the session of an instant; an edge belongs to the later one."""
    day = trading_day_at(time_ms)
    if time_ms < day.open:
        return Session.PRE_MARKET
    if time_ms < day.close:
        return Session.REGULAR
    if time_ms < day.end:
        return Session.POST_MARKET
    return Session.CLOSED

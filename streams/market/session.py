"""Trading dates and sessions in event time: pre-market 04:00, regular 09:30, post-market 16:00, closed 20:00 New York.

On half days the regular session ends at 13:00 and the post-market at 17:00. The days come from ``exchange_calendars``
(XNYS). An instant on an edge belongs to the later session; a bar belongs to the session in which it starts.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import numpy.typing as npt

NEW_YORK: Final = ZoneInfo("America/New_York")
DAY_START: Final = time(4)
POST_MARKET_HOURS: Final = timedelta(hours=4)
"""The post-market lasts four hours after the close, on half days too (13:00-17:00)."""
CALENDAR_START: Final = "2000-01-03"


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
    """Return every trading day from 2000 to as far as the exchange's calendar is known (about a year ahead)."""
    calendar = exchange_calendars.get_calendar("XNYS", start=CALENDAR_START)
    schedule = calendar.schedule
    days = []
    for day, opens, closes in zip(schedule.index, schedule["open"], schedule["close"], strict=True):
        close = closes.to_pydatetime()
        start = datetime.combine(day.date(), DAY_START, NEW_YORK)
        days.append(
            TradingDay(
                day.date(), to_ms(start), to_ms(opens.to_pydatetime()), to_ms(close), to_ms(close + POST_MARKET_HOURS)
            )
        )
    return tuple(days)


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
        message = f"{to_new_york(time_ms):%Y-%m-%d} is before the calendar begins ({CALENDAR_START})"
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

"""Sessions equal the exchange's own calendar, for every day since 2000 and at any instant."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import exchange_calendars
from hypothesis import given
from hypothesis import strategies as st

from streams.market.session import SESSIONS, Session, session_at, to_ms, to_new_york, trading_day_at, trading_days
from streams.market.totals import session_of

NEW_YORK: Final = ZoneInfo("America/New_York")
DAYS: Final = trading_days()


def test_every_day_since_2000() -> None:
    """Dates, opens and closes are those of XNYS; the day begins at 04:00 and ends four hours after the close."""
    schedule = exchange_calendars.get_calendar("XNYS", start="2000-01-03", end="2031-12-31").schedule

    assert [day.date for day in DAYS] == [stamp.date() for stamp in schedule.index]
    assert len(DAYS) > 8000
    for day, opens, closes in zip(DAYS, schedule["open"], schedule["close"], strict=True):
        four = datetime.combine(day.date, time(4), NEW_YORK)
        expected = (four, opens.to_pydatetime(), closes.to_pydatetime(), closes.to_pydatetime() + timedelta(hours=4))
        assert [to_new_york(edge) for edge in day[1:]] == list(expected)
        assert day.is_half_day == (closes.astimezone(NEW_YORK).time() < time(16))


@given(st.integers(DAYS[0].start, DAYS[-1].end))
def test_any_instant(time_ms: int) -> None:
    """The day is the newest whose 04:00 has come; the session follows from its New York times of day."""
    day = trading_day_at(time_ms)
    local = to_new_york(time_ms)
    close = time(13) if day.is_half_day else time(16)
    end = time(17) if day.is_half_day else time(20)

    assert day == max(known for known in DAYS if known.start <= time_ms)
    if local.date() != day.date or local.time() >= end:
        expected = Session.CLOSED
    elif local.time() >= close:
        expected = Session.POST_MARKET
    else:
        expected = Session.REGULAR if local.time() >= time(9, 30) else Session.PRE_MARKET
    assert session_at(time_ms) == expected
    assert to_ms(local) == time_ms


@given(st.sampled_from(DAYS), st.integers(0, 16 * 3_600_000 - 1))
def test_a_bar_belongs_to_the_session_in_which_it_starts(day: tuple[int, ...], after: int) -> None:
    """What the kernels say of a bar's start is what people are told of that instant."""
    _, start, opens, closes, end = day
    moment = start + after
    if moment < end:
        assert SESSIONS[session_of(moment, opens, closes)] == session_at(moment)

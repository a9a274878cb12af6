"""Trading dates and sessions at every edge: the four of a day, half days, holidays, clock changes, a year's turn."""

from datetime import date, datetime, timedelta

import pytest

from streams.market.session import (
    NEW_YORK,
    SESSIONS,
    Session,
    day_index_at,
    edges,
    session_at,
    to_ms,
    to_new_york,
    trading_day_at,
    trading_day_of,
    trading_days,
)


def new_york(text: str) -> int:
    """Return a New York time, ms since the epoch."""
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK))


@pytest.mark.parametrize(
    ("text", "session"),
    [
        ("2025-01-06T04:00:00", "pre_market"),
        ("2025-01-06T09:29:59.999", "pre_market"),
        ("2025-01-06T09:30:00", "regular"),
        ("2025-01-06T15:59:59.999", "regular"),
        ("2025-01-06T16:00:00", "post_market"),
        ("2025-01-06T19:59:59.999", "post_market"),
        ("2025-01-06T20:00:00", "closed"),
        ("2025-01-07T03:59:59.999", "closed"),
        ("2025-01-07T04:00:00", "pre_market"),
        # a half day: the Friday after Thanksgiving
        ("2025-11-28T12:59:59.999", "regular"),
        ("2025-11-28T13:00:00", "post_market"),
        ("2025-11-28T16:59:59.999", "post_market"),
        ("2025-11-28T17:00:00", "closed"),
        # a holiday is the closed end of the day before, and so is a weekend
        ("2025-01-01T10:00:00", "closed"),
        ("2025-01-11T10:00:00", "closed"),
        # the first trading days after each change of the clocks
        ("2025-03-10T03:59:59.999", "closed"),
        ("2025-03-10T04:00:00", "pre_market"),
        ("2025-03-10T09:30:00", "regular"),
        ("2025-11-03T03:59:59.999", "closed"),
        ("2025-11-03T04:00:00", "pre_market"),
        ("2025-11-03T09:29:59.999", "pre_market"),
    ],
)
def test_an_edge_belongs_to_the_later_session(text: str, session: str) -> None:
    """Each session begins with its first millisecond and ends before the next one's."""
    assert session_at(new_york(text)) == session


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-01-06T04:00:00", "2025-01-06"),
        ("2025-01-07T03:59:59.999", "2025-01-06"),
        ("2025-01-12T12:00:00", "2025-01-10"),
        # 31 December is a trading day, New Year's Day is not
        ("2025-01-01T23:00:00", "2024-12-31"),
        ("2025-01-02T04:00:00", "2025-01-02"),
    ],
)
def test_a_trading_date_begins_at_four(text: str, day: str) -> None:
    """Whatever comes before 04:00 of a trading day belongs to the one before."""
    assert trading_day_at(new_york(text)).date.isoformat() == day


def test_edges_follow_new_york_not_utc() -> None:
    """Both changes of the clocks move 04:00 in UTC by an hour, and the edges with it."""
    winter, summer = trading_day_of(date(2025, 3, 7)), trading_day_of(date(2025, 3, 10))

    assert summer.start - winter.start == timedelta(days=3, hours=-1) // timedelta(milliseconds=1)
    assert [to_new_york(edge).strftime("%H:%M") for edge in summer[1:]] == ["04:00", "09:30", "16:00", "20:00"]


@pytest.mark.parametrize(("day", "half"), [("2025-11-28", True), ("2025-12-24", True), ("2025-11-26", False)])
def test_half_days(day: str, half: bool) -> None:  # noqa: FBT001 - a column of the table above
    """A half day closes at 13:00 and its post-market ends at 17:00."""
    found = trading_day_of(date.fromisoformat(day))

    assert found.is_half_day is half
    assert to_new_york(found.end).hour == (17 if half else 20)


@pytest.mark.parametrize("day", ["2025-01-01", "2025-01-09", "2025-01-11", "2099-01-05"])
def test_a_date_without_trading_is_refused_by_name(day: str) -> None:
    """Holidays, days of mourning, weekends and what no calendar knows yet are errors that name the date."""
    with pytest.raises(ValueError, match=f"{day} is not a trading day"):
        trading_day_of(date.fromisoformat(day))


def test_before_the_calendar_there_is_no_trading_day() -> None:
    """An instant before the first day has index -1, and asking for its day is an error that names it."""
    assert day_index_at(new_york("2000-01-03T03:59:59")) == -1
    assert day_index_at(new_york("2000-01-03T04:00:00")) == 0
    with pytest.raises(ValueError, match="1999-12-31 is before the calendar begins"):
        trading_day_at(new_york("1999-12-31T12:00:00"))


def test_edges_are_those_of_the_days_and_cannot_be_changed() -> None:
    """The kernels' table has one line for each day, shared by all, so it is read-only."""
    assert edges().shape == (len(trading_days()), 4)
    assert tuple(edges()[100]) == trading_days()[100][1:]
    with pytest.raises(ValueError, match="read-only"):
        edges()[0, 0] = 0


def test_kernels_know_sessions_by_number() -> None:
    """The numbers are the places in ``SESSIONS``, in the order of the day."""
    assert SESSIONS == (Session.PRE_MARKET, Session.REGULAR, Session.POST_MARKET, Session.CLOSED)

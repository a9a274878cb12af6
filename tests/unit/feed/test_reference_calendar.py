"""The vendor's holidays against the exchange's calendar: what differs is said, what agrees is not."""

from typing import Any

from streams.feed.reference_calendar import calendar_differences


def said(date: str, status: str = "closed", close: str | None = None, exchange: str = "NYSE") -> dict[str, Any]:
    """Return an entry as the vendor writes it."""
    return {"exchange": exchange, "date": date, "status": status, "name": "A day", "close": close}


def test_agreement_is_silence() -> None:
    """Holidays and half days as they were in November 2024, twice, once for each exchange."""
    half = said("2024-11-29", "early-close", "2024-11-29T18:00:00.000Z")

    assert calendar_differences([said("2024-11-28"), said("2024-11-28", exchange="NASDAQ"), half]) == []
    assert calendar_differences([]) == []
    assert calendar_differences([said("2024-11-27", exchange="OTC")]) == []


def test_differences_are_said() -> None:
    """A holiday that only one of them has, another hour of an early close, an early close that was not named."""
    early = said("2024-12-24", "early-close", "2024-12-24T19:00:00.000Z")

    assert calendar_differences([said("2024-11-27"), early]) == [
        "2024-11-27: closed by the vendor, open by the calendar",
        "2024-11-28: open by the vendor, closed by the calendar",
        "2024-11-29: open by the vendor, early close at 13:00 by the calendar",
        "2024-12-24: early close at 14:00 by the vendor, early close at 13:00 by the calendar",
    ]


def test_the_calendar_is_not_asked_beyond_its_end() -> None:
    """A holiday in the far future is compared with nothing."""
    assert calendar_differences([said("2099-12-25")]) == []

"""``python -m tests.support.exchange_days``: prints ``streams/market/exchange_days.py``."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import exchange_calendars
from exchange_calendars import ExchangeCalendar

FIRST: Final = date(2000, 1, 3)
LAST: Final = date(2031, 12, 31)
"""The rules by which the exchange closes are known; a closure for one day's sake is published weeks ahead at most."""
WEEKDAYS: Final = 5

HEADER: Final = '''"""Weekdays on which the exchange (XNYS) is closed, and on which it closes early (13:00), by year.

Made by ``make calendar`` from ``exchange_calendars``; a test compares them. Closures announced since are not in it.
"""

from datetime import date
from typing import Final

FIRST: Final = date({first})
LAST: Final = date({last})
"""The days from ``FIRST`` to ``LAST`` are known; month and day of each exception follow."""
'''


def calendar() -> ExchangeCalendar:
    """Return the exchange's calendar over the span of the module."""
    return exchange_calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat())


def closed() -> list[date]:
    """Return the weekdays without a session."""
    sessions = {stamp.date() for stamp in calendar().schedule.index}
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    return [day for day in days if day.weekday() < WEEKDAYS and day not in sessions]


def half_days() -> list[date]:
    """Return the sessions that close early."""
    return [stamp.date() for stamp in calendar().early_closes]


def by_year(name: str, days: Iterable[date]) -> str:
    """Return the assignment of a mapping of years to months and days."""
    years: dict[int, list[str]] = defaultdict(list)
    for day in days:
        years[day.year].append(f"{day:%m-%d}")
    lines = [f'    {year}: "{" ".join(found)}",' for year, found in years.items()]
    return "\n".join([f"{name}: Final = {{", *lines, "}\n"])


def module() -> str:
    """Return the module's text."""
    header = HEADER.format(first=f"{FIRST:%Y, %-m, %-d}", last=f"{LAST:%Y, %-m, %-d}")
    return header + by_year("CLOSED", closed()) + by_year("HALF_DAYS", half_days())


if __name__ == "__main__":
    print(module(), end="")  # noqa: T201 - this is what it is for

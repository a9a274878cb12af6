"""The exchange's days are those of the library that they were taken from."""

from pathlib import Path

from streams.market import exchange_days
from tests.support.exchange_days import module


def test_the_module_is_what_make_calendar_prints() -> None:
    """A newer release of the calendar that says something else shows here."""
    assert exchange_days.__file__ is not None
    assert Path(exchange_days.__file__).read_text(encoding="utf-8") == module()

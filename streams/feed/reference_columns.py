"""The fields of a reference as columns of a text table: their names, and each value to text and back.

A ticker's highs and lows stand in one column each, separated by spaces, newest first.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from schemas.records import Reason, Reference

Value = float | int | str | tuple[float, ...] | None

LINE_FIELDS: Final = ("ticker", "trading_date")
"""What a record is of: no fact about it."""
TIERS: Final = ("1", "2")


class FieldError(ValueError):
    """A text that is no value of its field, and why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def text_of(value: Value) -> str:
    """Return a value as text, nothing for ``None``; a number reads back as the same number."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(map(text_of, value))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def row_of(record: Reference, columns: Iterable[str]) -> list[str]:
    """Return a record's values as text."""
    return [text_of(getattr(record, name)) for name in columns]


def value_of(name: str, text: str) -> Value:
    """Return the value that a field has by its text, ``None`` for an empty one; raise ``FieldError`` otherwise."""
    return READERS[name](name, text) if text.strip() else None


def number(name: str, text: str) -> float:
    """Return a finite number."""
    try:
        value = float(text)
    except ValueError as error:
        raise FieldError(Reason.WRONG_TYPE, f"{name} {text!r} is not a number") from error
    if not math.isfinite(value):
        raise FieldError(Reason.WRONG_TYPE, f"{name} {text!r} is not a finite number")
    return value


def amount(name: str, text: str) -> float:
    """Return a number that is not negative."""
    value = number(name, text)
    if value < 0:
        raise FieldError(Reason.BAD_VOLUME, f"{name} {value} is below 0")
    return value


def _ratio(name: str, text: str) -> float:
    """Return a number above 0."""
    value = number(name, text)
    if value <= 0:
        raise FieldError(Reason.WRONG_TYPE, f"{name} {value} is not above 0")
    return value


def _days(name: str, text: str) -> int:
    """Return a whole number of sessions."""
    if not text.strip().isdecimal():
        raise FieldError(Reason.WRONG_TYPE, f"{name} {text!r} is not a whole number")
    return int(text)


def _tier(name: str, text: str) -> int:
    """Return a tier of the limit-up limit-down plan."""
    if text.strip() not in TIERS:
        raise FieldError(Reason.WRONG_TYPE, f"{name} {text!r} is neither 1 nor 2")
    return int(text)


def _words(name: str, text: str) -> str:  # noqa: ARG001 - any text will do
    """Return a text without the space around it."""
    return text.strip()


def _numbers(name: str, text: str) -> tuple[float, ...]:
    """Return numbers separated by spaces."""
    return tuple(number(name, part) for part in text.split())


def _readers() -> dict[str, Callable[[str, str], Value]]:
    """Return what reads each field: by its name where it is a special one, else by its type."""
    shares = {"float_shares", "shares_outstanding", "short_interest", "market_cap", "prev_volume"}
    amounts = {field.name: amount for field in FIELDS if "_volume" in field.name or field.name in shares}
    named = {"split_ratio": _ratio, "limit_tier": _tier, "average_days": _days, **amounts}
    by_type: Mapping[Any, Callable[[str, str], Value]]
    by_type = {float | None: number, str | None: _words, tuple[float, ...]: _numbers}
    return {field.name: named[field.name] if field.name in named else by_type[field.type] for field in FIELDS}


FIELDS: Final = tuple(field for field in msgspec.structs.fields(Reference) if field.name not in LINE_FIELDS)
FACTS: Final[Sequence[str]] = tuple(field.name for field in FIELDS)
"""The names of all facts about a ticker, in the record's order."""
READERS: Final = _readers()

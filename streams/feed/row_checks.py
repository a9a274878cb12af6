"""Checks of a row's fields: which rows of a text table are refused, for what reason, and the rest as numbers."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from schemas.records import Reason
from streams.feed.reject import Reject
from streams.feed.text_table import TextTable

TICKER_PATTERN: Final = r"^[\x21-\x7e]{1,12}$"
"""1-12 printable ASCII characters; a space is none of a ticker's."""
EARLIEST_NS: Final = 946_684_800_000_000_000
"""2000-01-01: what is before it is not in nanoseconds, or not a time."""
LATEST_NS: Final = 4_102_444_800_000_000_000
"""2100-01-01."""


class Check(NamedTuple):
    """A condition that refuses a row, and what to say of it; ``field`` names the column whose text is shown."""

    condition: pl.Expr
    reason: Reason
    field: str
    trouble: str


def number(name: str) -> str:
    """Return the name of the column that holds a text column as a number."""
    return f"{name}_number"


def as_floats(*names: str) -> list[pl.Expr]:
    """Return text columns as floats beside the text; null where a text is not a number, or not a finite one."""
    parsed = [(name, pl.col(name).cast(pl.Float64, strict=False)) for name in names]
    return [pl.when(value.is_finite()).then(value).alias(number(name)) for name, value in parsed]


def as_integers(*names: str) -> list[pl.Expr]:
    """Return text columns as integers beside the text; null where a text is not a whole number."""
    return [pl.col(name).cast(pl.Int64, strict=False).alias(number(name)) for name in names]


def presence(*names: str) -> list[Check]:
    """Return checks that fields are there."""
    empty = [(name, pl.col(name).is_null() | (pl.col(name).cast(pl.String) == "")) for name in names]
    return [Check(condition, Reason.MISSING_FIELD, name, "is missing") for name, condition in empty]


def numeric(*names: str) -> list[Check]:
    """Return checks that fields are numbers."""
    wrong = [(name, pl.col(number(name)).is_null()) for name in names]
    return [Check(condition, Reason.WRONG_TYPE, name, "is not a number") for name, condition in wrong]


def optional_numeric(*names: str) -> list[Check]:
    """Return checks that fields are numbers or empty."""
    wrong = [(name, pl.col(name).is_not_null() & pl.col(number(name)).is_null()) for name in names]
    return [Check(condition, Reason.WRONG_TYPE, name, "is not a number") for name, condition in wrong]


def positive_prices(*names: str) -> list[Check]:
    """Return checks that prices are above 0."""
    return [Check(pl.col(number(name)) <= 0, Reason.BAD_PRICE, name, "is not above 0") for name in names]


def no_negative(name: str) -> Check:
    """Return a check that a volume or a size is not below 0."""
    return Check(pl.col(number(name)) < 0, Reason.BAD_VOLUME, name, "is below 0")


def plausible_time(name: str) -> Check:
    """Return a check that a time in ns lies in this century."""
    time = pl.col(number(name))
    return Check((time < EARLIEST_NS) | (time >= LATEST_NS), Reason.BAD_TIME, name, "is not ns since 1970 of 2000-2099")


def good_ticker(frame: pl.DataFrame) -> Check:
    """Return a check of the tickers of a frame, each distinct one looked at once."""
    distinct = frame.select(pl.col("ticker").unique())
    bad = distinct.filter(~pl.col("ticker").str.contains(TICKER_PATTERN))["ticker"]
    return Check(
        pl.col("ticker").is_in(bad.implode()), Reason.BAD_TICKER, "ticker", "is not of 1-12 printable characters"
    )


def refuse(table: TextTable, frame: pl.DataFrame, checks: Sequence[Check]) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the rows that pass all checks, with their ``line``, and why the others do not (their first failure)."""
    failure = pl.coalesce(pl.when(check.condition).then(pl.lit(place)) for place, check in enumerate(checks))
    judged = frame.with_columns(line=pl.Series(table.lines), failure=failure)
    rejects = [
        _reject(table, checks[row["failure"]], row)
        for row in judged.filter(pl.col("failure").is_not_null()).iter_rows(named=True)
    ]
    return judged.filter(pl.col("failure").is_null()).drop("failure"), rejects


def _reject(table: TextTable, check: Check, row: dict[str, object]) -> Reject:
    """Return why one row was refused."""
    value = row[check.field]
    detail = f"{check.field} {check.trouble}" if value is None else f"{check.field} {value!r} {check.trouble}"
    line = int(str(row["line"]))
    payload = table.line(line) if table.data else str([row[name] for name in table.frame.columns]).encode()
    return Reject(check.reason, detail, table.source, line, payload)

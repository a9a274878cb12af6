"""Splits of shares: from the vendor's answers or a file, and what they do to the daily bars before them.

A ratio is new shares for one old one: 0.1 is a 1-for-10 reverse split. A split takes effect before the first trade of
its execution date, so it divides the prices and multiplies the volumes of every bar before that date.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from schemas.records import Reason
from streams.feed import row_checks as checks
from streams.feed.input_error import InputError
from streams.feed.row_checks import Check, number
from streams.feed.text_table import header_of, normalised, read_bytes, read_table

SPLITS: Final = {"ticker": pl.String, "date": pl.Date, "ratio": pl.Float64}
"""Columns of a table of splits: ticker, execution date, ratio."""
COLUMNS: Final = ("ticker", "execution_date", "split_from", "split_to")
PRICES: Final = ("open", "high", "low", "close", "vwap")


def no_splits() -> pl.DataFrame:
    """Return a table without a split."""
    return pl.DataFrame(schema=SPLITS)


def splits_of(results: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return the splits in answers of ``/v3/reference/splits``; entries without a usable ratio are left out."""
    rows = [
        (row["ticker"], dt.date.fromisoformat(row["execution_date"]), row["split_to"] / row["split_from"])
        for row in results
        if row.get("ticker") and row.get("execution_date") and row.get("split_from") and row.get("split_to")
    ]
    return pl.DataFrame(rows, schema=SPLITS, orient="row").unique(maintain_order=True)


def read_splits_file(path: Path) -> pl.DataFrame:
    """Read a CSV with the vendor's columns; raise ``InputError`` for a bad line: a split left out is a wrong price."""
    data = normalised(read_bytes(path))
    header = header_of(data, path)
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        message = f"{path}: no column {', '.join(missing)} (it has {', '.join(header)}); a file of splits needs it"
        raise InputError(message)
    table = read_table(path, data, COLUMNS)
    frame = table.frame.with_columns(
        *checks.as_floats("split_from", "split_to"),
        pl.col("execution_date").str.to_date("%Y-%m-%d", strict=False).alias("date"),
    )
    good, rejects = checks.refuse(table, frame, _split_checks(frame))
    for reject in [*table.rejects, *rejects]:
        raise InputError(str(reject))
    return good.select("ticker", "date", ratio=pl.col(number("split_to")) / pl.col(number("split_from")))


def _split_checks(frame: pl.DataFrame) -> list[Check]:
    """Return what refuses a split."""
    numbers = ("split_from", "split_to")
    return [
        *checks.presence(*COLUMNS),
        checks.good_ticker(frame),
        *checks.numeric(*numbers),
        *checks.positive_prices(*numbers),
        Check(pl.col("date").is_null(), Reason.WRONG_TYPE, "execution_date", "is not a date like 2025-01-06"),
    ]


def merged(splits: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return splits of two sources; for a ticker and date that one's own names, the others' are left out."""
    return pl.concat([splits.join(own, on=["ticker", "date"], how="anti"), own])


def ratios_on(splits: pl.DataFrame, date: dt.date) -> pl.DataFrame:
    """Return by ``ticker`` the ``split_ratio`` that takes effect on a date."""
    today = splits.filter(pl.col("date") == date)
    return today.group_by("ticker").agg(split_ratio=pl.col("ratio").product())


def adjusted(bars: pl.DataFrame, splits: pl.DataFrame, date: dt.date, prices: Sequence[str] = PRICES) -> pl.DataFrame:
    """Return daily bars as if the splits with an execution date in (bar's date, ``date``] had come before them."""
    until = splits.filter(pl.col("date") <= date).rename({"date": "execution_date"})
    later = bars.select("ticker", "date").join(until, on="ticker").filter(pl.col("execution_date") > pl.col("date"))
    factors = later.group_by("ticker", "date").agg(factor=pl.col("ratio").product())
    joined = bars.join(factors, on=["ticker", "date"], how="left", maintain_order="left")
    factor = pl.col("factor").fill_null(1.0)
    return joined.with_columns(pl.col(prices) / factor, pl.col("volume") * factor).drop("factor")

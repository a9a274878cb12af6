"""Files of bars to rows: the columns of Massive's flat files, in any order, as numbers, without what is impossible."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from schemas.records import Reason
from streams.feed import row_checks as checks
from streams.feed.input_error import InputError
from streams.feed.reject import Reject
from streams.feed.row_checks import Check, number
from streams.feed.text_table import PARQUET_MARK, TextTable

PRICES: Final = ("open", "high", "low", "close")
REQUIRED: Final = ("ticker", "volume", *PRICES, "window_start")
OPTIONAL: Final = ("transactions",)
NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Rows:
    """The possible rows of a file in its order, and what was refused.

    Bars have ``ticker``, ``start_time`` (ms), ``open``, ``high``, ``low``, ``close``, ``volume``, ``transactions``
    (may be null) and ``line``; trades see ``trade_rows``.
    """

    source: str
    frame: pl.DataFrame
    rejects: list[Reject]
    lines: int
    """Lines or rows of the file, refused ones included, the header not."""


def missing_columns(path: Path, header: list[str], required: tuple[str, ...]) -> None:
    """Raise ``InputError`` where a column is not there."""
    missing = [name for name in required if name not in header]
    if missing:
        names = ", ".join(missing)
        message = f"{path}: no column {names} (it has {', '.join(header) or 'none'}); a file of bars or trades needs it"
        raise InputError(message)


def read_parquet(path: Path, required: tuple[str, ...], optional: tuple[str, ...]) -> TextTable:
    """Read a parquet file's columns; ``lines`` are row numbers from 1. Numbers stay numbers."""
    try:
        header = pl.read_parquet_schema(path)
        missing_columns(path, list(header), required)
        frame = pl.read_parquet(path, columns=[name for name in (*required, *optional) if name in header])
    except (PolarsError, OSError) as error:
        message = f"{path}: not a readable parquet file ({str(error).splitlines()[0]}); fetch it again"
        raise InputError(message) from error
    if not header["window_start"].is_integer():
        message = f"{path}: window_start is {header['window_start']}; integers, ns since the epoch in UTC, are needed"
        raise InputError(message)
    frame = frame.with_columns(pl.col("ticker").cast(pl.String))
    ends = np.empty(0, np.int64)
    return TextTable(str(path), frame, np.arange(1, len(frame) + 1), [], b"", ends)


def is_parquet(path: Path) -> bool:
    """Tell whether a file is parquet, by its first bytes; raise ``InputError`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET_MARK)) == PARQUET_MARK
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror or error}); check the name and the rights"
        raise InputError(message) from error


def bar_rows(table: TextTable) -> Rows:
    """Return the possible bars of a table that has the columns."""
    frame = table.frame
    if "transactions" not in frame.columns:
        frame = frame.with_columns(transactions=pl.lit(None, pl.String))
    frame = frame.with_columns(
        *checks.as_floats("volume", *PRICES, "transactions"), *checks.as_integers("window_start")
    )
    good, rejects = checks.refuse(table, frame, _bar_checks(frame))
    columns = [pl.col(number(name)).alias(name) for name in ("volume", *PRICES)]
    counts = pl.col(number("transactions")).cast(pl.Int64).alias("transactions")
    start = (pl.col(number("window_start")) // NS_PER_MS).alias("start_time")
    bars = good.select("ticker", start, *columns, counts, "line")
    return Rows(table.source, bars, table.rejects + rejects, len(table.frame) + len(table.rejects))


def _bar_checks(frame: pl.DataFrame) -> list[Check]:
    """Return what refuses a bar, in the order in which it is looked for."""
    numbers = ("volume", *PRICES, "window_start")
    return [
        *checks.presence("ticker", *numbers),
        checks.good_ticker(frame),
        *checks.numeric(*numbers),
        *checks.optional_numeric("transactions"),
        *checks.positive_prices(*PRICES),
        checks.no_negative("volume"),
        Check(pl.col(number("high")) < pl.col(number("low")), Reason.BAD_RANGE, "high", "is below low"),
        checks.plausible_time("window_start"),
    ]

"""Daily bars as traded, not adjusted for splits: from the vendor's grouped answers, or from files."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from schemas.records import Reason
from streams.feed import row_checks as checks
from streams.feed.bar_rows import is_parquet
from streams.feed.input_error import InputError
from streams.feed.reject import Reject
from streams.feed.row_checks import Check, number
from streams.feed.text_table import TextTable, header_of, normalised, read_bytes, read_table

PRICES: Final = ("open", "high", "low", "close")
NUMBERS: Final = (*PRICES, "volume")
DAILY: Final = {"ticker": pl.String, "date": pl.Date, **dict.fromkeys((*NUMBERS, "vwap"), pl.Float64)}
"""Columns of a table of daily bars; ``vwap`` may be null."""
VENDOR_NAMES: Final = {"T": "ticker", "o": "open", "h": "high", "l": "low", "c": "close", "v": "volume", "vw": "vwap"}
FILE_COLUMNS: Final[tuple[str, ...]] = ("ticker", *NUMBERS, "vwap", "date", "window_start")


class DailyFile(NamedTuple):
    """The usable rows of a file with the columns ``DAILY``, and what was refused."""

    bars: pl.DataFrame
    rejects: list[Reject]


def no_bars() -> pl.DataFrame:
    """Return a table without a bar."""
    return pl.DataFrame(schema=DAILY)


def bars_of(results: Iterable[Mapping[str, Any]], date: dt.date) -> pl.DataFrame:
    """Return the bars of an answer of ``/v2/aggs/grouped`` for a date; those without a price are left out.

    The date is that of the request: the time in an answer need not agree with it.
    """
    rows = [{name: row.get(short) for short, name in VENDOR_NAMES.items()} for row in results]
    frame = pl.DataFrame(rows, schema={name: kind for name, kind in DAILY.items() if name != "date"}, strict=False)
    return _tidy(frame.with_columns(date=pl.lit(date)).filter(_usable()))


def _usable() -> pl.Expr:
    """Return whether a bar has a ticker, prices and a volume."""
    return pl.all_horizontal(pl.col("ticker").is_not_null(), pl.col(PRICES) > 0, pl.col("volume") >= 0)


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns ``DAILY``; a volume-weighted price of 0 says that nothing was traded."""
    return frame.with_columns(vwap=pl.when(pl.col("vwap") > 0).then(pl.col("vwap"))).select(*DAILY)


def read_daily_files(paths: Sequence[Path]) -> DailyFile:
    """Read files of daily bars: the vendor's day files, or any CSV or parquet file with a column ``date``.

    Of bars with the same ticker and date the last counts. Raises ``InputError`` where a file cannot be used.
    """
    files = [_read(path) for path in paths]
    bars = pl.concat([no_bars(), *(file.bars for file in files)])
    bars = bars.unique(["ticker", "date"], keep="last", maintain_order=True)
    return DailyFile(bars, [reject for file in files for reject in file.rejects])


def _read(path: Path) -> DailyFile:
    """Read one file."""
    table = _parquet_table(path) if is_parquet(path) else _text_table(path)
    frame = table.frame
    if "vwap" not in frame.columns:
        frame = frame.with_columns(vwap=pl.lit(None, pl.String))
    frame = frame.with_columns(*checks.as_floats(*NUMBERS, "vwap"), _date(frame).alias("day"))
    good, rejects = checks.refuse(table, frame, _daily_checks(frame))
    columns = [pl.col(number(name)).alias(name) for name in (*NUMBERS, "vwap")]
    return DailyFile(_tidy(good.select("ticker", pl.col("day").alias("date"), *columns)), table.rejects + rejects)


def _text_table(path: Path) -> TextTable:
    """Read a CSV file."""
    data = normalised(read_bytes(path))
    _check_columns(path, header_of(data, path))
    return read_table(path, data, FILE_COLUMNS)


def _parquet_table(path: Path) -> TextTable:
    """Read a parquet file, its dates as text."""
    try:
        header = list(pl.read_parquet_schema(path))
        _check_columns(path, header)
        frame = pl.read_parquet(path, columns=[name for name in FILE_COLUMNS if name in header])
    except (PolarsError, OSError) as error:
        message = f"{path}: not a readable parquet file ({str(error).splitlines()[0]}); fetch it again"
        raise InputError(message) from error
    frame = frame.with_columns(pl.col("ticker").cast(pl.String), pl.col("^date$").cast(pl.String))
    return TextTable(str(path), frame, np.arange(1, len(frame) + 1), [], b"", np.empty(0, np.int64))


def _check_columns(path: Path, header: list[str]) -> None:
    """Raise ``InputError`` where a column is not there."""
    missing = [name for name in ("ticker", *NUMBERS) if name not in header]
    if not {"date", "window_start"} & set(header):
        missing.append("date (or window_start)")
    if missing:
        message = f"{path}: no column {', '.join(missing)} (it has {', '.join(header)}); a file of daily bars needs it"
        raise InputError(message)


def _date(frame: pl.DataFrame) -> pl.Expr:
    """Return the date of each row, null where there is none: that of New York where it is a time in ns."""
    if "date" in frame.columns:
        return pl.col("date").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    start = pl.from_epoch(pl.col("window_start").cast(pl.Int64, strict=False), "ns")
    return start.dt.replace_time_zone("UTC").dt.convert_time_zone("America/New_York").dt.date()


def _daily_checks(frame: pl.DataFrame) -> list[Check]:
    """Return what refuses a daily bar, in the order in which it is looked for."""
    when = "date" if "date" in frame.columns else "window_start"
    return [
        *checks.presence("ticker", *NUMBERS),
        checks.good_ticker(frame),
        *checks.numeric(*NUMBERS),
        *checks.positive_prices(*PRICES),
        checks.no_negative("volume"),
        Check(pl.col(number("high")) < pl.col(number("low")), Reason.BAD_RANGE, "high", "is below low"),
        Check(pl.col("day").is_null(), Reason.BAD_TIME, when, "is no date"),
    ]

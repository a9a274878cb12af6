"""Massive's flat files of bars or trades to the columns of one trading date, ready to be published.

The rules of a replay: rows sorted by (time, ticker); of bars with the same ticker and start the last in the files
wins; a bar is as long as the smallest step between starts, unless told; the trading date is the only one in the files,
unless told; what starts before 04:00 or at or after 20:00 New York (17:00 on half days) is counted and ignored.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from streams.feed import bar_rows, trade_rows
from streams.feed.bar_rows import Rows
from streams.feed.columns import Columns
from streams.feed.input_error import InputError
from streams.feed.reject import Reject
from streams.feed.row_columns import bar_columns, trade_columns
from streams.feed.text_table import header_of, normalised, read_bytes, read_table
from streams.market.session import NEW_YORK, TradingDay, edges, to_ms, trading_day_of, trading_days

SECOND_MS: Final = 1000
SHOWN_DATES: Final = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the lines of the files."""

    lines: int
    malformed: int
    outside_hours: int
    other_dates: int
    duplicates: int
    after_until: int
    counted: int


@dataclass(frozen=True, slots=True)
class FlatFile:
    """One trading date of bars or trades."""

    day: TradingDay
    interval_ms: int | None
    """Length of the bars; ``None`` for trades."""
    columns: Columns
    as_of: int
    """ms since the epoch, UTC: the instant asked for, else the end of the last counted bar."""
    counts: Counts
    rejects: list[Reject]
    trades: pl.DataFrame | None = None
    """The trades that count (``trade_rows``), where it is a file of those."""


def read_rows(path: Path) -> Rows:
    """Read one file of bars or trades, told apart by its columns; raise ``InputError`` where it cannot be used."""
    if bar_rows.is_parquet(path):
        return bar_rows.bar_rows(bar_rows.read_parquet(path, bar_rows.REQUIRED, bar_rows.OPTIONAL))
    data = normalised(read_bytes(path))
    header = header_of(data, path)
    if trade_rows.is_trades(header):
        bar_rows.missing_columns(path, header, trade_rows.REQUIRED)
        return trade_rows.trade_rows(read_table(path, data, (*trade_rows.REQUIRED, *trade_rows.OPTIONAL)))
    bar_rows.missing_columns(path, header, bar_rows.REQUIRED)
    return bar_rows.bar_rows(read_table(path, data, (*bar_rows.REQUIRED, *bar_rows.OPTIONAL)))


def read_flat_files(
    paths: Sequence[Path], *, bar_seconds: int | None = None, date: dt.date | None = None, until: dt.time | None = None
) -> FlatFile:
    """Read files as if they were one, by the rules above; ``until`` (New York) keeps what has ended by then.

    Raises ``InputError`` where a file cannot be used, or the length of the bars or the trading date cannot be told.
    """
    files = [read_rows(path) for path in paths]
    named = ", ".join(str(path) for path in paths)
    kinds = {"time_ns" in file.frame.columns for file in files}
    if len(kinds) != 1:
        message = f"{named}: bars and trades together; replay them one after the other"
        raise InputError(message)
    rejects = [reject for file in files for reject in file.rejects]
    frame = pl.concat([file.frame.drop("line") for file in files])
    if frame.is_empty():
        first = f"; the first: {rejects[0]}" if rejects else ""
        message = f"{named}: no line can be used, {len(rejects)} are refused{first}"
        raise InputError(message)
    is_trades = kinds.pop()
    interval = None if is_trades else interval_of(frame["start_time"].to_numpy(), bar_seconds, named)
    times = frame["trade_time" if is_trades else "start_time"].to_numpy()
    day = _trading_day(times, date, named)
    return _arrange(frame, times, day, interval, until, rejects, named)


def interval_of(starts: npt.NDArray[np.int64], bar_seconds: int | None, named: str) -> int:
    """Return the length of bars in ms: what was told, else the smallest step between distinct starts."""
    if bar_seconds is not None:
        return bar_seconds * SECOND_MS
    distinct = np.unique(starts)
    if len(distinct) < 2:  # noqa: PLR2004 - a step takes two
        message = f"{named}: all bars start at once, so their length cannot be told; give it by --bar-seconds"
        raise InputError(message)
    return int(np.diff(distinct).min())


def in_hours(times: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the index of each time's trading day (see ``trading_days``), and whether it is in that day's hours."""
    distinct, place = np.unique(times, return_inverse=True)
    table = edges()
    days = np.searchsorted(table[:, 0], distinct, side="right") - 1
    inside = (days >= 0) & (distinct < table[days, 3])
    return days[place], inside[place]


def _trading_day(times: npt.NDArray[np.int64], date: dt.date | None, named: str) -> TradingDay:
    """Return the day that was told, else the only one of which a row counts."""
    if date is not None:
        try:
            return trading_day_of(date)
        except ValueError as error:
            message = f"--date {error}; give a day on which the exchange was open"
            raise InputError(message) from error
    days, inside = in_hours(times)
    found = [trading_days()[int(index)] for index in np.unique(days[inside])]
    if len(found) == 1:
        return found[0]
    if not found:
        message = f"{named}: nothing in it lies between 04:00 and 20:00 New York of a trading day"
        raise InputError(message)
    dates = ", ".join(str(day.date) for day in found[:SHOWN_DATES]) + (", …" if len(found) > SHOWN_DATES else "")
    message = f"{named}: {len(found)} trading dates ({dates}); say which by --date"
    raise InputError(message)


def _arrange(  # noqa: PLR0913, PLR0917 - what the rules need
    frame: pl.DataFrame,
    times: npt.NDArray[np.int64],
    day: TradingDay,
    interval: int | None,
    until: dt.time | None,
    rejects: list[Reject],
    named: str,
) -> FlatFile:
    """Apply the rules to the rows of the files, joined."""
    days, inside = in_hours(times)
    of_day = (days == trading_days().index(day)) & inside
    instant = None if until is None else to_ms(dt.datetime.combine(day.date, until, NEW_YORK))
    ended = np.ones(len(times), np.bool_) if instant is None else times + (interval or 0) <= instant
    rows = frame.filter(of_day & ended)
    columns, duplicates = trade_columns(rows) if interval is None else bar_columns(rows, interval)
    if instant is None and not len(columns):
        message = f"{named}: nothing in it counts for {day.date}, and no --until is given"
        raise InputError(message)
    counts = Counts(
        lines=len(frame) + len(rejects),
        malformed=len(rejects),
        outside_hours=int(np.count_nonzero(~inside)),
        other_dates=int(np.count_nonzero(inside & ~of_day)),
        duplicates=duplicates,
        after_until=int(np.count_nonzero(of_day & ~ended)),
        counted=len(columns),
    )
    as_of = int(columns.event_times().max()) if instant is None else instant
    return FlatFile(day, interval, columns, as_of, counts, rejects, rows if interval is None else None)

"""The oracle's bars: New York time, the sessions of a day, and flat files, spelled out again from the definitions."""

import csv
import datetime as dt
import gzip
import itertools
from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import exchange_calendars
import polars as pl

NEW_YORK: Final = ZoneInfo("America/New_York")
EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
TICKER_LENGTH: Final = 12

DAY_START: Final = time(4)
REGULAR_START: Final = time(9, 30)
REGULAR_END: Final = time(16)
DAY_END: Final = time(20)
HALF_DAY_REGULAR_END: Final = time(13)
HALF_DAY_END: Final = time(17)
SESSIONS: Final = ("pre_market", "regular", "post_market")
CLOSED: Final = "closed"

PRICES: Final = ("open", "close", "high", "low")
NUMBERS: Final = (*PRICES, "volume")
FILE_COLUMNS: Final = ("ticker", *NUMBERS, "window_start")


class Bar(NamedTuple):
    """A bar of the trading date; ``start`` and ``end`` are nanoseconds since midnight, New York."""

    start: int
    end: int
    open: float
    close: float
    high: float
    low: float
    volume: float


class Day(NamedTuple):
    """A trading date and its edges, nanoseconds since midnight, New York."""

    date: dt.date
    start: int
    regular_start: int
    regular_end: int
    end: int


# Time


def since_midnight(moment: time) -> int:
    """Return nanoseconds since midnight."""
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * SECOND


def at(day: dt.date, instant: int) -> dt.datetime:
    """Return an instant of a date, with its New York offset."""
    naive = dt.datetime.combine(day, time()) + timedelta(microseconds=instant // 1000)
    return naive.replace(tzinfo=NEW_YORK)


def milliseconds(day: dt.date, instant: int) -> int:
    """Return an instant of a date in milliseconds since the epoch."""
    return (at(day, instant) - EPOCH) // timedelta(milliseconds=1)


@cache
def _calendar() -> exchange_calendars.ExchangeCalendar:
    return exchange_calendars.get_calendar("XNYS")


def is_session(day: dt.date) -> bool:
    """Tell whether the exchange opens on a date at all."""
    return bool(_calendar().is_session(day.isoformat()))


def is_half_day(day: dt.date) -> bool:
    """Tell whether the regular session of a date ends early."""
    if not is_session(day):
        return False
    close = _calendar().session_close(day.isoformat()).tz_convert(NEW_YORK)
    return bool(close.time() < REGULAR_END)


def edges(day: dt.date) -> Day:
    """Return where the sessions of a date begin and end."""
    half = is_half_day(day)
    regular_end, end = (HALF_DAY_REGULAR_END, HALF_DAY_END) if half else (REGULAR_END, DAY_END)
    return Day(day, *(since_midnight(moment) for moment in (DAY_START, REGULAR_START, regular_end, end)))


def session_at(day: Day, instant: int) -> str:
    """Return the session that an instant of the day lies in."""
    if day.start <= instant < day.regular_start:
        return "pre_market"
    if day.regular_start <= instant < day.regular_end:
        return "regular"
    return "post_market" if day.regular_end <= instant < day.end else CLOSED


def by_session(day: Day, bars: Sequence[Bar]) -> dict[str, list[Bar]]:
    """Return the bars that start in each session of the day; the list of a session may be empty."""
    return {session: [bar for bar in bars if session_at(day, bar.start) == session] for session in SESSIONS}


# Files


def read_bars(path: Path) -> pl.DataFrame:
    """Return the possible bars of a flat file, in its order, with their New York ``date`` and ``start`` in it."""
    raw = pl.read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    numbers = [pl.col(name).cast(pl.Float64, strict=False) for name in ("volume", "open", "close", "high", "low")]
    typed = raw.select("ticker", *numbers, pl.col("window_start").cast(pl.Int64, strict=False)).drop_nulls()
    tickers = typed.select(pl.col("ticker").unique()).to_series().to_list()
    possible = typed.filter(
        pl.col("ticker").is_in([ticker for ticker in tickers if is_ticker(ticker)]),
        *(pl.col(name).is_finite() for name in NUMBERS),
        *(pl.col(name) > 0 for name in PRICES),
        pl.col("volume") >= 0,
        pl.col("high") >= pl.col("low"),
    )
    local = pl.from_epoch("window_start", "ns").dt.replace_time_zone("UTC").dt.convert_time_zone(str(NEW_YORK))
    clock = local.dt.replace_time_zone(None)
    return possible.with_columns(date=clock.dt.date(), start=(clock - clock.dt.truncate("1d")).dt.total_nanoseconds())


def is_ticker(text: str) -> bool:
    """Tell whether a text can be a ticker: 1-12 printable characters."""
    return 1 <= len(text) <= TICKER_LENGTH and text.isascii() and text.isprintable() and " " not in text


def _read_csv(path: Path) -> pl.DataFrame:
    """Return the needed columns of a CSV file as text; lines with too many or too few fields are left out."""
    lines = csv_lines(path)
    header = next(lines)
    places = [header.index(name) for name in FILE_COLUMNS]
    rows = [[line[place] for place in places] for line in lines if len(line) == len(header)]
    return pl.DataFrame(rows, schema=dict.fromkeys(FILE_COLUMNS, pl.String), orient="row")


def csv_lines(path: Path) -> Iterator[list[str]]:
    """Yield the lines of a CSV file, plain or compressed, as text fields."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def smallest_step(rows: pl.DataFrame) -> int | None:
    """Return the smallest distance between two starts in a file, or ``None`` if there are not two."""
    starts = sorted(rows["window_start"].unique().to_list())
    return min((later - earlier for earlier, later in itertools.pairwise(starts)), default=None)


def trading_date(rows: pl.DataFrame, given: str | None) -> dt.date:
    """Return the date that was given, or else the only one on which a bar starts between 04:00 and 20:00."""
    if given is not None:
        return dt.date.fromisoformat(given)
    start = pl.col("start")
    inside = rows.filter(start >= since_midnight(DAY_START), start < since_midnight(DAY_END))
    dates: list[dt.date] = sorted(inside["date"].unique().to_list())
    if len(dates) != 1:
        message = f"{len(dates)} dates in the files: one must be given"
        raise ValueError(message)
    return dates[0]


def bars_of(rows: pl.DataFrame, day: Day, length: int, instant: int | None) -> dict[str, list[Bar]]:
    """Return by ticker, in order of their starts, the bars of the date that count at the instant."""
    columns = ("ticker", "start", *NUMBERS)
    newest: dict[str, dict[int, Bar]] = {}
    for ticker, start, *rest in rows.filter(pl.col("date") == day.date).select(columns).iter_rows():
        end = start + length
        if day.start <= start < day.end and (instant is None or end <= instant):
            newest.setdefault(ticker, {})[start] = Bar(start, end, *rest)
    return {ticker: [by_start[start] for start in sorted(by_start)] for ticker, by_start in newest.items()}

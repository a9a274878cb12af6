"""The independent oracle: what ``tickerboard replay`` must write, computed in one batch from the files themselves.

It shares no code with the project: names, formulas, sessions and file formats are spelled out again from the
definitions, in the most direct way, so that a mistake would have to be made twice to go unseen.
"""

import csv
import datetime as dt
import gzip
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import exchange_calendars
import polars as pl

NEW_YORK: Final = ZoneInfo("America/New_York")
SECOND: Final = 1_000_000_000
BASELINE_SESSIONS: Final = 10
BOARD_ROWS: Final = 500
TICKER_LENGTH: Final = 12

DAY_START: Final = time(4)
REGULAR_START: Final = time(9, 30)
REGULAR_END: Final = time(16)
DAY_END: Final = time(20)
HALF_DAY_REGULAR_END: Final = time(13)
HALF_DAY_END: Final = time(17)

METRICS: Final = (
    "price",
    "accumulated_volume",
    "prev_close",
    "avg_volume",
    "change",
    "change_pct",
    "open",
    "change_from_open_pct",
    "gap_pct",
    "premarket_gap_pct",
    "premarket_change_pct",
    "relative_volume",
    "relative_volume_at_time",
    "vwap",
    "vendor_day_volume",
    "vendor_open",
    "vendor_vwap",
    "pre_market_high",
    "pre_market_low",
    "regular_high",
    "regular_low",
    "post_market_high",
    "post_market_low",
)

BOARDS: Final = {
    "volume": ("accumulated_volume", "highest"),
    "gainers": ("change_pct", "highest"),
    "losers": ("change_pct", "lowest"),
    "gappers": ("gap_pct", "highest"),
    "gap_losers": ("gap_pct", "lowest"),
    "open_gainers": ("change_from_open_pct", "highest"),
    "open_losers": ("change_from_open_pct", "lowest"),
    "relative_volume": ("relative_volume", "highest"),
    "relative_volume_at_time": ("relative_volume_at_time", "highest"),
}

PRICES: Final = ("open", "close", "high", "low")
NUMBERS: Final = (*PRICES, "volume")
FILE_COLUMNS: Final = ("ticker", *NUMBERS, "window_start")

Row: TypeAlias = dict[str, float | None]
Document: TypeAlias = dict[str, Any]


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
    """The edges of a trading date, nanoseconds since midnight, New York."""

    start: int
    regular_start: int
    regular_end: int
    end: int


def expected(
    files: Path | Sequence[Path],
    until: str | None,
    reference: Path | None = None,
    history: Iterable[Path] = (),
    bar_seconds: int | None = None,
    date: str | None = None,
) -> Document:
    """Return the document that a replay of ``files`` until ``until`` ("HH:MM" or "HH:MM:SS", New York) must write.

    Of duplicates the last in the files wins; lines that are malformed or impossible are not there.
    """
    paths = [files] if isinstance(files, Path) else list(files)
    rows = pl.concat([read_bars(path) for path in paths])
    length = bar_seconds * SECOND if bar_seconds else smallest_step(rows)
    if length is None:
        message = "one start only: the length of a bar cannot be told from the file"
        raise ValueError(message)
    today = trading_date(rows, date)
    day = edges(today)
    instant = None if until is None else since_midnight(time.fromisoformat(until))
    bars = bars_of(rows, today, day, length, instant)
    if instant is None:
        if not bars:
            message = f"no bar of {today} counts, and no instant is given"
            raise ValueError(message)
        instant = max(bar.end for ticker_bars in bars.values() for bar in ticker_bars)
    facts = read_reference(reference) if reference else {}
    baselines = volume_baselines(list(history), today, instant, length)
    symbols = {
        ticker: metrics(ticker_bars, day, *facts.get(ticker, (None, None)), baselines.get(ticker))
        for ticker, ticker_bars in bars.items()
    }
    return {
        "trading_date": today.isoformat(),
        "as_of": at(today, instant).isoformat(),
        "boards": {name: board(symbols, *rule) for name, rule in BOARDS.items()},
        "symbols": symbols,
    }


# Time


def since_midnight(moment: time) -> int:
    """Return nanoseconds since midnight."""
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * SECOND


def at(day: dt.date, instant: int) -> dt.datetime:
    """Return an instant of a date, with its New York offset."""
    naive = dt.datetime.combine(day, time()) + timedelta(microseconds=instant // 1000)
    return naive.replace(tzinfo=NEW_YORK)


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
    return Day(*(since_midnight(moment) for moment in (DAY_START, REGULAR_START, regular_end, end)))


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


def read_reference(path: Path) -> dict[str, tuple[float | None, float | None]]:
    """Return previous close and average volume by ticker; either may be absent."""
    lines = csv_lines(path)
    header = next(lines)
    volume_column = "avg_volume" if "avg_volume" in header else "avg_volume_30d"
    ticker, close, volume = (header.index(name) for name in ("ticker", "prev_close", volume_column))
    return {line[ticker]: (_number(line[close]), _number(line[volume])) for line in lines if line}


def _number(text: str) -> float | None:
    return float(text) if text else None


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


def bars_of(rows: pl.DataFrame, today: dt.date, day: Day, length: int, instant: int | None) -> dict[str, list[Bar]]:
    """Return by ticker, in order of their starts, the bars of the date that count at the instant."""
    columns = ("ticker", "start", *NUMBERS)
    newest: dict[str, dict[int, Bar]] = {}
    for ticker, start, *rest in rows.filter(pl.col("date") == today).select(columns).iter_rows():
        end = start + length
        if day.start <= start < day.end and (instant is None or end <= instant):
            newest.setdefault(ticker, {})[start] = Bar(start, end, *rest)
    return {ticker: [by_start[start] for start in sorted(by_start)] for ticker, by_start in newest.items()}


def volume_baselines(history: list[Path], today: dt.date, instant: int, default_length: int) -> dict[str, float]:
    """Return by ticker its mean cumulative volume at the instant over the baseline sessions in which it has a bar."""
    if not history:
        return {}
    frames = []
    for path in history:
        rows = read_bars(path)
        frames.append(rows.with_columns(end=pl.col("start") + (smallest_step(rows) or default_length)))
    earlier = pl.concat(frames).filter(
        pl.col("date") < today,
        pl.col("start") >= since_midnight(DAY_START),
        pl.col("start") < since_midnight(DAY_END),
    )
    full = [day for day in sorted(earlier["date"].unique().to_list()) if is_session(day) and not is_half_day(day)]
    ended = pl.when(pl.col("end") <= instant).then(pl.col("volume")).otherwise(0.0)
    by_session = (
        earlier.filter(pl.col("date").is_in(full[-BASELINE_SESSIONS:]))
        .unique(["ticker", "window_start"], keep="last", maintain_order=True)
        .group_by("ticker", "date")
        .agg(cumulative=ended.sum())
    )
    means = by_session.group_by("ticker").agg(pl.col("cumulative").mean())
    return dict(means.iter_rows())


# Numbers


def metrics(
    bars: list[Bar], day: Day, prev_close: float | None, avg_volume: float | None, baseline: float | None
) -> Row:
    """Return every metric of a ticker from its counted bars, of which there is at least one."""
    pre_market = [bar for bar in bars if bar.start < day.regular_start]
    regular = [bar for bar in bars if day.regular_start <= bar.start < day.regular_end]
    post_market = [bar for bar in bars if bar.start >= day.regular_end]
    price = bars[-1].close
    volume = sum(bar.volume for bar in bars)
    traded = sum(bar.close * bar.volume for bar in bars)
    opening = regular[0].open if regular else None
    row: Row = dict.fromkeys(METRICS)
    row |= {
        "price": price,
        "accumulated_volume": volume,
        "prev_close": prev_close,
        "avg_volume": avg_volume,
        "open": opening,
        "change_from_open_pct": percent(price, opening),
        "relative_volume": volume / avg_volume if avg_volume else None,
        "relative_volume_at_time": volume / baseline if baseline else None,
        "vwap": traded / volume if volume else None,
        "change_pct": percent(price, prev_close),
        "gap_pct": percent(price if opening is None else opening, prev_close),
    }
    if prev_close is not None and prev_close > 0:
        row["change"] = price - prev_close
    if pre_market:
        row["premarket_gap_pct"] = percent(pre_market[0].open, prev_close)
        row["premarket_change_pct"] = percent(pre_market[-1].close, prev_close)
    for session, session_bars in (("pre_market", pre_market), ("regular", regular), ("post_market", post_market)):
        if session_bars:
            row[f"{session}_high"] = max(bar.high for bar in session_bars)
            row[f"{session}_low"] = min(bar.low for bar in session_bars)
    return row


def percent(value: float, base: float | None) -> float | None:
    """Return by how many percent a price is above its base; undefined without a positive one."""
    if base is None or base <= 0:
        return None
    return (value - base) / base * 100


def board(symbols: dict[str, Row], metric: str, first: str) -> list[dict[str, Any]]:
    """Return the ranked rows of a board; equal values go by ticker, in code-point order."""
    values = [(row[metric], ticker) for ticker, row in symbols.items() if row[metric] is not None]
    sign = -1 if first == "highest" else 1
    values.sort(key=lambda pair: (sign * (pair[0] or 0.0), pair[1]))
    return [
        {"rank": rank, "symbol": ticker, "value": value}
        for rank, (value, ticker) in enumerate(values[:BOARD_ROWS], start=1)
    ]

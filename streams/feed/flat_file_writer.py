"""Writes a day of the synthetic market as the vendor's flat files: bars of any length, trades, reference data."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from streams.feed.market_background import references
from streams.feed.market_bars import BAR, UNITS
from streams.feed.market_columns import SECOND_MS
from streams.feed.market_minute import add_up
from streams.feed.market_model import Market
from streams.feed.market_path import MINUTE
from streams.feed.market_trades import conditions_text
from streams.feed.reference_columns import FACTS
from streams.feed.reference_file import write_reference_file

Progress = Callable[[int, int], None]
"""Called with the minutes done and the minutes there are."""

BAR_COLUMNS: Final = ("ticker", "volume", "open", "close", "high", "low", "window_start", "transactions")
TRADE_COLUMNS: Final = (
    "ticker",
    "conditions",
    "correction",
    "exchange",
    "id",
    "participant_timestamp",
    "price",
    "sequence_number",
    "sip_timestamp",
    "size",
    "tape",
    "trf_id",
    "trf_timestamp",
)
REFERENCE_FIRST: Final = ("ticker", "prev_close", "avg_volume")
REFERENCE_COLUMNS: Final = (
    *REFERENCE_FIRST,
    *(name for name in FACTS if name not in {*REFERENCE_FIRST, "highs", "lows"}),
)
"""All but the two lists."""
NANOSECONDS: Final = 1_000_000
COMPRESSION: Final = 1
"""The fastest level: a day of minute bars shrinks to a third, and the next levels win little for their time."""
PRE_MARKET_SECONDS: Final = 19_800


def check_bar_seconds(seconds: int) -> None:
    """Raise ``ValueError`` unless bars of so many seconds fill a minute or the time from 04:00 to 09:30."""
    fits = seconds > 0 and (MINUTE % seconds == 0 or (seconds % MINUTE == 0 and PRE_MARKET_SECONDS % seconds == 0))
    if not fits:
        message = f"bars of {seconds} s: the length must divide a minute, or be minutes that divide 04:00-09:30"
        raise ValueError(message)


def write_bars(
    market: Market, path: Path, seconds: int = MINUTE, until: int | None = None, progress: Progress | None = None
) -> int:
    """Write the day's bars of ``seconds``, as finally corrected, to a ``.csv`` or ``.csv.gz``; return how many.

    Rows are sorted by (window_start, ticker). ``until`` ends the file at a minute since 04:00. Raise ``ValueError``
    for a length that the sessions cannot be cut into and ``OSError`` where the file cannot be written.
    """
    check_bar_seconds(seconds)
    minutes = market.minutes if until is None else min(until, market.minutes)
    names = pl.Series(market.symbols)
    rows = 0
    with _opened(path) as file:
        _write_header(file, BAR_COLUMNS)
        for done, bars in _blocks(market, seconds, minutes):
            _write_rows(file, _bar_frame(market, bars, names))
            rows += len(bars)
            if progress is not None:
                progress(done, minutes)
    return rows


def write_trades(market: Market, path: Path, until: int | None = None, progress: Progress | None = None) -> int:
    """Write the day's trades in the vendor's columns, sorted by (sip_timestamp, ticker); return how many."""
    minutes = market.minutes if until is None else min(until, market.minutes)
    names = pl.Series(market.symbols)
    rows = 0
    with _opened(path) as file:
        _write_header(file, TRADE_COLUMNS)
        for minute in range(minutes):
            trades = market.trades(minute)
            sip = trades.time * NANOSECONDS
            columns = {
                "ticker": names[trades.ticker],
                "conditions": conditions_text(trades.conditions),
                "correction": np.zeros(len(trades.time), np.int64),
                "exchange": trades.exchange,
                "id": trades.sequence,
                "participant_timestamp": sip,
                "price": trades.price,
                "sequence_number": trades.sequence,
                "sip_timestamp": sip,
                "size": _number_text(np.rint(trades.size * UNITS).astype(np.int64)),
                "tape": market.setting.profiles["tape"][trades.ticker],
                "trf_id": pl.Series([None], dtype=pl.Int64).new_from_index(0, len(trades.time)),
                "trf_timestamp": pl.Series([None], dtype=pl.Int64).new_from_index(0, len(trades.time)),
            }
            _write_rows(file, pl.DataFrame(columns))
            rows += len(trades.time)
            if progress is not None:
                progress(minute + 1, minutes)
    return rows


def write_reference(market: Market, path: Path) -> int:
    """Write what is known of each ticker before the day, sorted by ticker; return the number of tickers."""
    return write_reference_file(references(market), path, REFERENCE_COLUMNS)


def _blocks(market: Market, seconds: int, minutes: int) -> Iterator[tuple[int, npt.NDArray[np.void]]]:
    """Yield, for each span of whole bars, the minutes done and its bars by (start, ticker)."""
    step = max(seconds // MINUTE, 1)
    for first in range(0, minutes, step):
        last = min(first + step, minutes)
        raw = [market.raw_bars(minute, corrected=True) for minute in range(first, last)]
        bars = np.concatenate(raw) if len(raw) > 1 else raw[0]
        if len(raw) > 1:
            bars = bars[np.argsort(bars["ticker"], kind="stable")]
        sums = np.empty(len(bars), BAR)
        sums = sums[: add_up(bars, seconds, sums)]
        yield last, sums[np.lexsort((sums["ticker"], sums["second"]))] if seconds < MINUTE else sums


def _bar_frame(market: Market, bars: npt.NDArray[np.void], names: pl.Series) -> pl.DataFrame:
    start = market.day.start + bars["second"].astype(np.int64) * SECOND_MS
    volume = bars["volume"]
    whole = pl.Series(volume // UNITS)
    shares = whole if not (volume % UNITS).any() else _number_text(volume)
    return pl.DataFrame(
        {
            "ticker": names[bars["ticker"]],
            "volume": shares,
            "open": bars["open"] / UNITS,
            "close": bars["close"] / UNITS,
            "high": bars["high"] / UNITS,
            "low": bars["low"] / UNITS,
            "window_start": start * NANOSECONDS,
            "transactions": bars["transactions"],
        }
    )


def _number_text(units: npt.NDArray[np.int64]) -> pl.Series:
    """Return volumes as text, whole ones without a decimal point."""
    frame = pl.DataFrame({"whole": units // UNITS, "shares": units / UNITS, "parts": units % UNITS})
    whole, shares = pl.col("whole").cast(pl.String), pl.col("shares").cast(pl.String)
    return frame.select(pl.when(pl.col("parts") == 0).then(whole).otherwise(shares).alias("volume"))["volume"]


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as plain:
        if path.suffix != ".gz":
            yield plain
            return
        # no name and no time in the header: the same day gives the same bytes
        with gzip.GzipFile(filename="", mode="wb", compresslevel=COMPRESSION, fileobj=plain, mtime=0) as packed:
            yield packed  # type: ignore[misc]


def _write_header(file: BinaryIO, columns: tuple[str, ...]) -> None:
    file.write((",".join(columns) + "\n").encode())


def _write_rows(file: BinaryIO, frame: pl.DataFrame) -> None:
    file.write(frame.write_csv(include_header=False).encode())

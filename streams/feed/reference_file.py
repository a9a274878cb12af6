"""A file of what is known before a trading date: ``ticker,prev_close,avg_volume`` in any order among other columns."""

import csv
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.records import Reason, Reference
from streams.feed.input_error import InputError
from streams.feed.reject import Reject
from streams.feed.row_checks import TICKER_PATTERN
from streams.feed.text_table import header_of, normalised, read_bytes

AVERAGE_VOLUME: Final = ("avg_volume", "avg_volume_30d")
"""Names of the same column; the first that is there counts."""
GOOD_TICKER: Final = re.compile(TICKER_PATTERN)


@dataclass(frozen=True, slots=True)
class ReferenceFile:
    """The usable lines (of a ticker named twice, the last) and what was refused."""

    records: list[Reference]
    rejects: list[Reject]


class _LineError(ValueError):
    """A line that cannot be used, and why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def read_reference_file(path: Path, trading_date: dt.date) -> ReferenceFile:
    """Read a reference file, plain or compressed, for a trading date; an empty field is ``None``.

    Raises ``InputError`` where the file cannot be read or a column is missing.
    """
    data = normalised(read_bytes(path))
    header = header_of(data, path)
    places = _places(path, header)
    records: dict[str, Reference] = {}
    rejects = []
    for number, line in _lines(data):
        try:
            record = _record(_fields(line, len(header)), places, trading_date.isoformat())
        except _LineError as error:
            rejects.append(Reject(error.reason, str(error), str(path), number, line.encode()))
        else:
            records[record.ticker] = record
    if not records:
        first = f"; the first refused: {rejects[0]}" if rejects else ""
        message = f"{path}: no line can be used{first}"
        raise InputError(message)
    return ReferenceFile(list(records.values()), rejects)


def _places(path: Path, header: list[str]) -> tuple[int, int, int]:
    """Return where ticker, previous close and average volume are."""
    volume = next((name for name in AVERAGE_VOLUME if name in header), AVERAGE_VOLUME[0])
    missing = [name for name in ("ticker", "prev_close", volume) if name not in header]
    if missing:
        has = ", ".join(header)
        message = f"{path}: no column {', '.join(missing)} (it has {has}); a reference file needs it"
        raise InputError(message)
    return header.index("ticker"), header.index("prev_close"), header.index(volume)


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines behind the header with their numbers, without empty ones at the end."""
    lines = data.rstrip(b"\n").decode(errors="replace").split("\n")
    return enumerate(lines[1:], start=2)


def _fields(line: str, expected: int) -> list[str]:
    """Return the fields of a line."""
    try:
        fields = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise _LineError(Reason.MALFORMED_LINE, str(error)) from error
    if len(fields) != expected:
        raise _LineError(Reason.MALFORMED_LINE, f"{len(fields)} fields where the header has {expected}")
    return fields


def _record(fields: list[str], places: tuple[int, int, int], trading_date: str) -> Reference:
    """Return the record of a line."""
    ticker = fields[places[0]]
    if not GOOD_TICKER.match(ticker):
        raise _LineError(Reason.BAD_TICKER, f"ticker {ticker!r} is not of 1-12 printable characters")
    close = _number("prev_close", fields[places[1]])
    volume = _number("avg_volume", fields[places[2]])
    if volume is not None and volume < 0:
        raise _LineError(Reason.BAD_VOLUME, f"avg_volume {volume} is below 0")
    return Reference(ticker=ticker, trading_date=trading_date, prev_close=close, avg_volume=volume)


def _number(name: str, text: str) -> float | None:
    """Return a finite number, ``None`` for an empty field."""
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise _LineError(Reason.WRONG_TYPE, f"{name} {text!r} is not a number") from error
    if value - value != 0:
        raise _LineError(Reason.WRONG_TYPE, f"{name} {text!r} is not a finite number")
    return value

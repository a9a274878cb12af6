"""A file of what is known before a trading date: a column ``ticker``, and any fields of a reference, in any order."""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from schemas.records import Reason, Reference
from streams.feed.input_error import InputError
from streams.feed.reference_columns import FACTS, FieldError, row_of, value_of
from streams.feed.reject import Reject
from streams.feed.row_checks import TICKER_PATTERN
from streams.feed.text_table import header_of, normalised, read_bytes

AVERAGE_VOLUME: Final = ("avg_volume", "avg_volume_30d")
"""Where the first is no column, the second counts as both."""
GOOD_TICKER: Final = re.compile(TICKER_PATTERN)
SHOWN_COLUMNS: Final = 12


@dataclass(frozen=True, slots=True)
class ReferenceFile:
    """The usable lines (of a ticker named twice, the last) and what was refused."""

    records: list[Reference]
    rejects: list[Reject]


def read_reference_file(path: Path, trading_date: dt.date) -> ReferenceFile:
    """Read a reference file, plain or compressed, for a trading date; an empty field is ``None``.

    Columns that are no field are passed over. Raises ``InputError`` where the file cannot be read, or has no column
    ``ticker`` or none of a field.
    """
    data = normalised(read_bytes(path))
    header = header_of(data, path)
    places = _places(path, header)
    records: dict[str, Reference] = {}
    rejects = []
    for number, line in _lines(data):
        try:
            record = _record(_fields(line, len(header)), places, trading_date.isoformat())
        except FieldError as error:
            rejects.append(Reject(error.reason, str(error), str(path), number, line.encode()))
        else:
            records[record.ticker] = record
    if not records:
        first = f"; the first refused: {rejects[0]}" if rejects else ""
        message = f"{path}: no line can be used{first}"
        raise InputError(message)
    return ReferenceFile(list(records.values()), rejects)


def write_reference_file(records: Iterable[Reference], path: Path, columns: Iterable[str] = ("ticker", *FACTS)) -> int:
    """Write references as ``read_reference_file`` reads them; return how many. Raises ``OSError``."""
    names = tuple(columns)
    rows = [row_of(record, names) for record in records]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    return len(rows)


def _places(path: Path, header: list[str]) -> dict[str, int]:
    """Return where ticker and each field are."""
    places = {name: header.index(name) for name in ("ticker", *FACTS) if name in header}
    first, second = AVERAGE_VOLUME
    if second in places:
        places.setdefault(first, places[second])
    has = ", ".join(header)
    if "ticker" not in places:
        message = f"{path}: no column ticker (it has {has}); a reference file needs it"
        raise InputError(message)
    if len(places) == 1:
        known = ", ".join(("prev_close", *[name for name in FACTS if name != "prev_close"][: SHOWN_COLUMNS - 1]))
        message = f"{path}: no column of a reference (it has {has}); it may have {known}, …"
        raise InputError(message)
    return places


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines behind the header with their numbers, without empty ones at the end."""
    lines = data.rstrip(b"\n").decode(errors="replace").split("\n")
    return enumerate(lines[1:], start=2)


def _fields(line: str, expected: int) -> list[str]:
    """Return the fields of a line."""
    try:
        fields = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise FieldError(Reason.MALFORMED_LINE, str(error)) from error
    if len(fields) != expected:
        raise FieldError(Reason.MALFORMED_LINE, f"{len(fields)} fields where the header has {expected}")
    return fields


def _record(fields: list[str], places: dict[str, int], trading_date: str) -> Reference:
    """Return the record of a line."""
    ticker = fields[places["ticker"]]
    if not GOOD_TICKER.match(ticker):
        raise FieldError(Reason.BAD_TICKER, f"ticker {ticker!r} is not of 1-12 printable characters")
    found: dict[str, Any] = {name: value_of(name, fields[place]) for name, place in places.items() if name != "ticker"}
    given = {name: value for name, value in found.items() if value is not None}
    return Reference(ticker=ticker, trading_date=trading_date, **given)

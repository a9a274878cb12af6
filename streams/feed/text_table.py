"""Tables as text: CSV files, plain or compressed, in which every field stays what it says and every bad line is known.

Nothing is guessed from the content: ``NA`` is a ticker, not a missing value. A compiled pass over the bytes finds the
lines and counts their fields, quotes respected; only lines with the header's number of fields go to polars.
"""

import csv
import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.compiled import compiled
from schemas.records import Reason
from streams.feed.input_error import InputError
from streams.feed.reject import Reject

GZIP_MARK: Final = b"\x1f\x8b"
PARQUET_MARK: Final = b"PAR1"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
NEW_LINE: Final = 10
COMMA: Final = 44
QUOTE: Final = 34
BROKEN: Final = -1
"""The number of fields of a line whose quotes do not match."""

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]


@compiled
def _scan(data: Bytes, ends: Integers, fields: Integers) -> None:
    """Fill where each line ends (its line feed or the end of the data) and how many fields it has."""
    line = 0
    count = 1
    quoted = False
    at_start = True
    position = 0
    while position < len(data):
        byte = data[position]
        if byte == NEW_LINE:
            ends[line] = position
            fields[line] = BROKEN if quoted else count
            line += 1
            count, quoted, at_start = 1, False, True
        elif quoted:
            if byte == QUOTE:
                if position + 1 < len(data) and data[position + 1] == QUOTE:
                    position += 1
                else:
                    quoted = False
        elif byte == COMMA:
            count += 1
            at_start = True
        else:
            quoted = at_start and byte == QUOTE
            at_start = False
        position += 1
    if line < len(ends):
        ends[line] = len(data)
        fields[line] = BROKEN if quoted else count


@dataclass(frozen=True, slots=True)
class TextTable:
    """The columns asked for, all text (null where a field is empty), and the number of each row's line."""

    source: str
    frame: pl.DataFrame
    lines: Integers
    rejects: list[Reject]
    data: bytes
    ends: Integers

    def line(self, number: int) -> bytes:
        """Return a line of the file by its number, without its end."""
        start = 0 if number == 1 else int(self.ends[number - 2]) + 1
        return self.data[start : int(self.ends[number - 1])]


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, unpacked; raise ``InputError`` where it cannot be read or is empty."""
    try:
        data = path.read_bytes()
        if data.startswith(GZIP_MARK):
            data = gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        message = f"{path}: the compressed file is damaged ({error}); fetch it again"
        raise InputError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror or error}); check the name and the rights"
        raise InputError(message) from error
    if not data.strip():
        message = f"{path}: the file is empty; give one with a header and at least one line"
        raise InputError(message)
    return data


def header_of(data: bytes, path: Path) -> list[str]:
    """Return the names of the columns; raise ``InputError`` where the first line is not text."""
    first = data.split(b"\n", 1)[0]
    try:
        return [name.strip() for name in next(csv.reader([first.decode()]), [])]
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: not a text file with a header of column names; give a .csv, .csv.gz or .parquet file"
        raise InputError(message) from error


def normalised(data: bytes) -> bytes:
    """Return the bytes without a byte order mark, with line feeds only."""
    data = data.removeprefix(BYTE_ORDER_MARK)
    return data.replace(b"\r\n", b"\n") if b"\r\n" in data else data


def read_table(path: Path, data: bytes, wanted: Sequence[str]) -> TextTable:
    """Read the wanted columns (those that are there) of a normalised CSV file as text."""
    header = header_of(data, path)
    array = np.frombuffer(data, np.uint8)
    ends = np.empty(int(np.count_nonzero(array == NEW_LINE)) + (not data.endswith(b"\n")), np.int64)
    fields = np.empty_like(ends)
    _scan(array, ends, fields)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    used = len(ends)
    while used > 1 and ends[used - 1] == starts[used - 1]:
        used -= 1
    good = fields[:used] == len(header)
    good[0] = False
    rejects = [_wrong_fields(path, data, number, starts, ends, fields, len(header)) for number in _bad_lines(good)]
    present = [name for name in wanted if name in header]
    frame = _parse(_good_bytes(data, good, starts, ends), header, present)
    if len(frame) != np.count_nonzero(good):
        message = f"{path}: its quotes cannot be told apart from its text; write it without quotes"
        raise InputError(message)
    return TextTable(str(path), frame, np.flatnonzero(good) + 1, rejects, data, ends)


def _bad_lines(good: npt.NDArray[np.bool_]) -> list[int]:
    """Return the indices of lines that have not the header's fields, the header itself aside."""
    return [int(index) for index in np.flatnonzero(~good) if index > 0]


def _wrong_fields(  # noqa: PLR0913, PLR0917 - the pieces of one scan
    path: Path, data: bytes, index: int, starts: Integers, ends: Integers, fields: Integers, expected: int
) -> Reject:
    """Return why a line was refused that has too many or too few fields."""
    found = int(fields[index])
    detail = "a quote is not closed" if found == BROKEN else f"{found} fields where the header has {expected}"
    payload = data[int(starts[index]) : int(ends[index])]
    return Reject(Reason.MALFORMED_LINE, detail, str(path), index + 1, payload)


def _good_bytes(data: bytes, good: npt.NDArray[np.bool_], starts: Integers, ends: Integers) -> bytes:
    """Return the good lines only, in their order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
    runs = zip(edges[::2], edges[1::2], strict=True)
    parts = [data[int(starts[first]) : int(ends[last - 1])] for first, last in runs]
    return b"\n".join(parts)


def _parse(data: bytes, header: list[str], present: list[str]) -> pl.DataFrame:
    """Return columns of lines without a header as text."""
    if not data:
        return pl.DataFrame(schema=dict.fromkeys(present, pl.String))
    places = sorted(header.index(name) for name in present)
    names = [header[place] if place in places else f"unused {place}" for place in range(len(header))]
    return pl.read_csv(
        data,
        has_header=False,
        columns=places,
        new_columns=names,
        infer_schema=False,
        quote_char='"',
        encoding="utf8-lossy",
    )

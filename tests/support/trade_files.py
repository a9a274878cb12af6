"""Files of real trades, as the oracle's prints; each file says what its letters or bits mean in the vendor's ids."""

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from tests.support.trade_oracle import Print

LETTERS: Final = {
    "F": 14,
    "I": 37,
    "T": 12,
    "U": 13,
    "4": 10,
    "7": 53,
    "V": 52,
    "B": 2,
    "N": 20,
    "R": 29,
    "C": 7,
    "Z": 32,
    "M": 15,
    "Q": 16,
    "O": 17,
    "6": 19,
    "P": 22,
}
"""Sale conditions of the consolidated tape A."""
BITS: Final = {0x20: 14, 0x40: 25, 0x80: 8, 0x2000: 12, 0x200: 10, 0x100000: 32}
"""Of the mask, as far as the times at which they occur tell."""


def taq(path: Path) -> Iterator[tuple[str, Print]]:
    """Give tickers and prints of a file with SIP letters."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            letters = row["sale_conditions"].replace(" ", "")
            # The last digits are the noise of a floating-point number: times are whole milliseconds.
            time = round(int(row["sip_timestamp_ns"]) / 1_000_000)
            yield row["ticker"], Print(time, float(row["price"]), float(row["size"]), tuple(map(LETTERS.get, letters)))  # type: ignore[arg-type] # every letter of the file is there


def plain(path: Path) -> Iterator[tuple[str, Print]]:
    """Give tickers and prints of a file without conditions, by time."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["sip_timestamp_ns"]))
    for row in rows:
        time = int(row["sip_timestamp_ns"]) // 1_000_000
        yield row["ticker"], Print(time, float(row["price"]), float(row["size"]))


def masked(path: Path) -> Iterator[tuple[str, Print]]:
    """Give tickers and prints of an archive with bit masks; the date and ticker are in the name of its file."""
    with ZipFile(path) as archive:
        (name,) = archive.namelist()
        date, ticker = name.split("_")[:2]
        midnight = datetime.strptime(date, "%Y%m%d").replace(tzinfo=ZoneInfo("America/New_York"))
        start = round(midnight.timestamp() * 1000)
        for row in csv.reader(io.TextIOWrapper(archive.open(name), "ascii")):
            bits = int(row[4], 16)
            conditions = tuple(condition for bit, condition in BITS.items() if bits & bit)
            yield ticker.upper(), Print(start + int(row[0]), int(row[1]) / 10_000, float(row[2]), conditions)

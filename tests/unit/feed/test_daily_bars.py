"""Daily bars from the vendor's answers and from files: as traded, the date New York's, what is impossible left out."""

import datetime as dt
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from schemas.records import Reason
from streams.feed.daily_bars import PRICES, bars_of, read_daily_files
from streams.feed.input_error import InputError

DAY: Final = dt.date(2025, 1, 3)
FLAT: Final = "ticker,volume,open,close,high,low,window_start,transactions\n"


def test_grouped_answers() -> None:
    """The date is that of the request, whole numbers are fine, a bar without a price is left out."""
    row = {"T": "NA", "v": 895345, "vw": 9.9979, "o": 9.99, "c": 10, "h": 10.02, "l": 9.9, "t": 1602705600000, "n": 96}
    found = bars_of([row, {**row, "T": "B", "c": 0}, {"T": "C"}, {**row, "T": "D", "vw": 0, "v": 0}], DAY)

    assert found.rows() == [
        ("NA", DAY, 9.99, 10.02, 9.9, 10.0, 895345.0, 9.9979),
        ("D", DAY, 9.99, 10.02, 9.9, 10.0, 0.0, None),
    ]
    assert bars_of([], DAY).is_empty()


def test_the_vendors_day_files(tmp_path: Path) -> None:
    """``window_start`` is midnight in New York, in ns: summer or winter, the date is that one."""
    path = tmp_path / "day.csv"
    winter, summer = 1_735_880_400_000_000_000, 1_720_152_000_000_000_000
    path.write_text(f"{FLAT}TRUE,100,1,1.5,2,0.5,{winter},3\nTRUE,50.5,1,1.5,2,0.5,{summer},3\n")
    found = read_daily_files([path])

    assert found.bars.rows() == [
        ("TRUE", DAY, 1.0, 2.0, 0.5, 1.5, 100.0, None),
        ("TRUE", dt.date(2024, 7, 5), 1.0, 2.0, 0.5, 1.5, 50.5, None),
    ]
    assert found.rejects == []


def test_files_with_dates(tmp_path: Path) -> None:
    """CSV and parquet alike; of bars with the same ticker and date the last counts."""
    text, packed = tmp_path / "bars.csv", tmp_path / "bars.parquet"
    text.write_text(
        "date,ticker,open,high,low,close,volume,vwap\n2025-01-03,A,1,2,1,2,10,1.5\n2025-01-03,B,1,2,1,2,0,0\n"
    )
    columns = {"ticker": ["A"], "date": [DAY], **{name: [3.0] for name in PRICES}, "volume": [20]}
    pl.DataFrame(columns).write_parquet(packed)
    found = read_daily_files([text, packed])

    assert sorted(found.bars.rows()) == [
        ("A", DAY, 3.0, 3.0, 3.0, 3.0, 20.0, None),
        ("B", DAY, 1.0, 2.0, 1.0, 2.0, 0.0, None),
    ]


def test_impossible_rows_are_refused_with_their_line(tmp_path: Path) -> None:
    """And the rest is read."""
    path = tmp_path / "bars.csv"
    rows = ["A,2025-01-03,1,2,1,2,10", "A,3.1.2025,1,2,1,2,10", "A,2025-01-02,0,2,1,2,10", "A,2025-01-02,1,1,2,1,10"]
    path.write_text("\n".join(["ticker,date,open,high,low,close,volume", *rows, "A,2025-01-02,1,2,1,2,-1", "A,1"]))
    found = read_daily_files([path])

    assert len(found.bars) == 1
    assert sorted((reject.position, reject.reason) for reject in found.rejects) == [
        (3, Reason.BAD_TIME),
        (4, Reason.BAD_PRICE),
        (5, Reason.BAD_RANGE),
        (6, Reason.BAD_VOLUME),
        (7, Reason.MALFORMED_LINE),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"ticker,open\nA,1\n", r"no column high, low, close, volume, date \(or window_start\)"),
        ("a.csv", b"", "is empty"),
        ("missing.csv", None, "cannot be read"),
        ("a.parquet", b"PAR1nonsense", "not a readable parquet file"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    """One line that names the file."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_daily_files([path])

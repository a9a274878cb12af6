"""Reference files: two numbers by ticker, any order, either may be missing."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from schemas.records import Reason, Reference
from streams.feed.input_error import InputError
from streams.feed.reference_file import ReferenceFile, read_reference_file

DAY = date(2025, 1, 6)


def read(tmp_path: Path, text: str, name: str = "ref.csv") -> ReferenceFile:
    """Write a file and read it."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_reference_file(path, DAY)


@pytest.mark.parametrize("name", ["ref.csv", "ref.csv.gz"])
def test_columns_are_found_by_name(tmp_path: Path, name: str) -> None:
    """Others are passed over, quotes are understood, an empty field is nothing, the last line of a ticker counts."""
    text = 'avg_volume_30d,name,ticker,prev_close\n1000.5,"Bank, The",NA,12.5\n,x,TRUE,\n0,y,BRK.B,460\n7,z,NA,13\n\n'
    file = read(tmp_path, text, name)

    assert file.records == [
        Reference(ticker="NA", trading_date="2025-01-06", prev_close=13.0, avg_volume=7.0),
        Reference(ticker="TRUE", trading_date="2025-01-06"),
        Reference(ticker="BRK.B", trading_date="2025-01-06", prev_close=460.0, avg_volume=0.0),
    ]
    assert file.rejects == []


def test_bad_lines_are_refused_with_their_number(tmp_path: Path) -> None:
    """The rest is read."""
    text = "ticker,prev_close,avg_volume\nA,1\nB B,1,1\nC,one,1\nD,1,-1\nE,nan,1\nF,1,1\n"
    file = read(tmp_path, text)

    assert [(reject.position, reject.reason) for reject in file.rejects] == [
        (2, Reason.MALFORMED_LINE),
        (3, Reason.BAD_TICKER),
        (4, Reason.WRONG_TYPE),
        (5, Reason.BAD_VOLUME),
        (6, Reason.WRONG_TYPE),
    ]
    assert [record.ticker for record in file.records] == ["F"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("ticker,prev_close\nA,1", "no column avg_volume"),
        ("ticker,prev_close,avg_volume\n", "no line can be used"),
        ("ticker,prev_close,avg_volume\nA,x,1", "line 2: prev_close 'x' is not a number"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path: Path, text: str, message: str) -> None:
    """One line that names the file."""
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)

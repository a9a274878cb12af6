"""Reference files: any fields of a reference by ticker, in any order, each may be missing."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from schemas.records import Reason, Reference
from streams.feed.input_error import InputError
from streams.feed.reference_columns import FACTS
from streams.feed.reference_file import ReferenceFile, read_reference_file, write_reference_file

DAY = date(2025, 1, 6)
OTHERS = {"average_days", "limit_tier", "highs", "lows"}


def read(tmp_path: Path, text: str, name: str = "ref.csv") -> ReferenceFile:
    """Write a file and read it."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_reference_file(path, DAY)


@pytest.mark.parametrize("name", ["ref.csv", "ref.csv.gz"])
def test_columns_are_found_by_name(tmp_path: Path, name: str) -> None:
    """Others are passed over, quotes are understood, an empty field is nothing, the last line of a ticker counts."""
    text = 'avg_volume,note,ticker,prev_close\n1000.5,"Bank, The",NA,12.5\n,x,TRUE,\n0,y,BRK.B,460\n7,z,NA,13\n\n'
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


def test_the_mean_of_thirty_days_stands_in(tmp_path: Path) -> None:
    """Where there is no other mean, as both; where there is, as itself."""
    (alone,) = read(tmp_path, "ticker,avg_volume_30d\nA,7\n").records
    (beside,) = read(tmp_path, "ticker,avg_volume_30d,avg_volume\nA,7,\n").records

    assert (alone.avg_volume, alone.avg_volume_30d) == (7.0, 7.0)
    assert (beside.avg_volume, beside.avg_volume_30d) == (None, 7.0)


def test_every_field_is_written_and_read_back(tmp_path: Path) -> None:
    """Numbers exactly, lists, text with commas; a trading date is the reader's."""
    records = [
        Reference(
            ticker="NA",
            trading_date="2025-01-06",
            **{name: 1 / 3 for name in FACTS if name not in {"name", "sector", "exchange", "kind", *OTHERS}},
            average_days=10,
            limit_tier=2,
            name='Bank, "The"',
            sector="Gold & ores: Métaux",
            exchange="XNYS",
            kind="CS",
            highs=(2.75, 3.0, 1 / 3),
            lows=(0.0001,),
        ),
        Reference(ticker="A", trading_date="2025-01-06", float_shares=1e15, prev_close=1e-7),
        Reference(ticker="B", trading_date="2025-01-06"),
    ]
    write_reference_file(records, tmp_path / "new" / "out.csv")

    assert read_reference_file(tmp_path / "new" / "out.csv", DAY) == ReferenceFile(records, [])


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("limit_tier", "3", Reason.WRONG_TYPE),
        ("average_days", "2.5", Reason.WRONG_TYPE),
        ("float_shares", "-1", Reason.BAD_VOLUME),
        ("median_volume_30d", "-1", Reason.BAD_VOLUME),
        ("split_ratio", "0", Reason.WRONG_TYPE),
        ("highs", "1 x", Reason.WRONG_TYPE),
        ("atr", "inf", Reason.WRONG_TYPE),
    ],
)
def test_bad_fields_refuse_their_line(tmp_path: Path, column: str, text: str, reason: Reason) -> None:
    """With the field's name."""
    (reject,) = read(tmp_path, f"ticker,{column}\nA,{text}\nB,\n").rejects

    assert (reject.position, reject.reason) == (2, reason)
    assert column in reject.detail


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("prev_close,avg_volume\n1,1", "no column ticker"),
        ("ticker,note\nA,1", r"no column of a reference \(it has ticker, note\); it may have prev_close, avg_volume,"),
        ("ticker,prev_close,avg_volume\n", "no line can be used"),
        ("ticker,prev_close,avg_volume\nA,x,1", "line 2: prev_close 'x' is not a number"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path: Path, text: str, message: str) -> None:
    """One line that names the file."""
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)

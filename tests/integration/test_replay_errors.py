"""Bad input is told in one clear line, or counted and passed over; odd but valid input is taken as it is."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.support.command_line import replay, tickerboard
from tests.support.compare import assert_same
from tests.support.flat_files import HEADER, bar, write
from tests.support.oracle import expected

pytestmark = pytest.mark.integration

USAGE_ERROR: Final = 2
MONDAY: Final = [bar("AAA", f"2025-01-06 15:0{minute}", [5], 10) for minute in range(3)]
REFERENCE_HEADER: Final = "ticker,prev_close,avg_volume"


def said_in_one_line(*arguments: str | Path) -> str:
    """Run a command that must be refused: exit code 2, one line on standard error, no traceback; return the line."""
    ended = tickerboard(*arguments, seconds=60)
    assert ended.returncode == USAGE_ERROR, (ended.returncode, ended.stderr)
    assert "Traceback" not in ended.stderr
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    return lines[0]


@pytest.fixture
def monday(tmp_path: Path) -> Path:
    """Return a file of three good bars."""
    return write(tmp_path / "monday.csv", MONDAY)


@pytest.mark.parametrize("until", ["25:00", "09:75", "noon", "09:30:61", ""])
def test_bad_instant(monday: Path, tmp_path: Path, until: str) -> None:
    """An ``--until`` that is no time of day is named, with the way it is written."""
    line = said_in_one_line("replay", monday, "--until", until, "--json", tmp_path / "out.json")

    assert "--until" in line
    assert "HH:MM" in line
    assert not (tmp_path / "out.json").exists()


def no_such_file(path: Path) -> None:
    """Leave nothing there."""
    path.unlink(missing_ok=True)


def empty(path: Path) -> None:
    """Make a file of no bytes."""
    path.write_bytes(b"")


def header_only(path: Path) -> None:
    """Make a file without a bar."""
    write(path, [])


def without_a_column(path: Path) -> None:
    """Make a file without ``close``."""
    write(path, ["AAA,1,5,5,5,1736175600000000000"], "ticker,volume,open,high,low,window_start")


def binary(path: Path) -> None:
    """Make a file of no text."""
    path.write_bytes(bytes(range(256)) * 4)


def directory(path: Path) -> None:
    """Make a folder of that name."""
    path.mkdir()


def half_a_gzip(path: Path) -> None:
    """Make a compressed file that was cut short."""
    whole = gzip.compress("\n".join([HEADER, *(MONDAY * 500)]).encode())
    path.write_bytes(whole[: len(whole) // 2])


def two_dates(path: Path) -> None:
    """Make a file of two trading dates."""
    write(path, [*MONDAY, bar("AAA", "2025-01-07 15:00", [5], 10)])


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("bars.csv", no_such_file, ""),
        ("bars.csv", empty, "empty"),
        ("bars.csv", header_only, ""),
        ("bars.csv", without_a_column, "close"),
        ("bars.csv", binary, ""),
        ("bars.csv", directory, ""),
        ("bars.csv.gz", half_a_gzip, ""),
        ("bars.csv", two_dates, "--date"),
    ],
)
def test_bad_file(tmp_path: Path, name: str, make: Callable[[Path], None], words: str) -> None:
    """A file that cannot be replayed is named, with what is wrong with it."""
    make(tmp_path / name)

    line = said_in_one_line("replay", tmp_path / name, "--json", tmp_path / "out.json")

    assert name in line
    assert words in line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--date", "2025-02-30"], "2025-02-30"),
        (["--date", "2025-01-07"], "2025-01-07"),
        (["--bar-seconds", "0"], "--bar-seconds"),
        (["--bar-seconds", "-60"], "--bar-seconds"),
        (["--reference", "nowhere.csv"], "nowhere.csv"),
        (["--history", "nowhere.parquet"], "nowhere.parquet"),
        (["--speed", "fast"], "--speed"),
        (["--json", "no/such/folder/out.json"], "no/such/folder"),
    ],
)
def test_bad_option(monday: Path, tmp_path: Path, options: list[str], words: str) -> None:
    """An option that cannot be followed is named."""
    assert words in said_in_one_line("replay", monday, "--json", tmp_path / "out.json", *options)


@pytest.mark.parametrize(
    ("option", "name", "text"),
    [
        ("--reference", "reference.csv", "ticker,colour\nAAA,red\n"),
        ("--reference", "reference.csv", ""),
        ("--history", "history.csv", "ticker,volume\nAAA,5\n"),
        ("--history", "history.parquet", "this is no parquet"),
    ],
)
def test_bad_reference_or_history(monday: Path, tmp_path: Path, option: str, name: str, text: str) -> None:
    """A reference or history file that cannot be read is named."""
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert name in said_in_one_line("replay", monday, option, tmp_path / name, "--json", tmp_path / "out.json")


def test_unknown_board() -> None:
    """A board that does not exist is named, together with those that do."""
    line = said_in_one_line("boards", "gainerz")

    assert "gainerz" in line
    assert "gainers" in line.replace("gainerz", "")


def test_malformed_lines_are_counted(tmp_path: Path) -> None:
    """A malformed or impossible line is told with its number and counted; the rest is read."""
    start = MONDAY[0].split(",")[6]
    lines = [
        MONDAY[0],
        f"BAD,10,five,5,5,5,{start},",
        MONDAY[1],
        f"BAD,-1,5,5,5,5,{start},",
        f"BAD,1,5,5,4,6,{start},",
        f"BAD,1,0,5,5,5,{start},",
        "BAD,1,5",
        f"THIRTEENCHARS,1,5,5,5,5,{start},",
        MONDAY[2],
    ]
    file = write(tmp_path / "bars.csv", lines)

    document, said = replay(tmp_path / "out.json", file)

    assert set(document["symbols"]) == {"AAA"}
    assert_same(document, expected(file, None))
    for number in (3, 5, 6, 7, 8, 9):
        assert re.search(rf"\bline {number}\b", said), said
    assert re.search(r"(?<!line )\b6\b", said), said
    assert "Traceback" not in said


def test_odd_but_valid(tmp_path: Path) -> None:
    """On a half day: fractions, no volume, sub-penny prices, words as tickers, a rise of 1,000 %, all in one file.

    Duplicates, unsorted lines, ties, bars outside of the day, and bars on either side of 13:00 are in it too.
    """
    words = ["NA", "NAN", "TRUE", "BRK.B", "ABRpD", "NULL", "INF", "1E5"]
    file = write(
        tmp_path / "bars.csv",
        [
            *(bar(ticker, "2025-11-28 14:30", [4], 100, "7") for ticker in words),
            bar("POST", "2025-11-28 18:00", (3, 4, 2, 3), 50),
            bar("LAST", "2025-11-28 21:59", (3, 4, 2, 3), 50),
            bar("OUT", "2025-11-28 22:00", [3], 50),
            bar("OUT", "2025-11-28 08:59", [3], 50),
            bar("NOON", "2025-11-28 17:59", (3, 4, 2, 3), 50),
            bar("PRE", "2025-11-28 14:29", (3, 4, 2, 3.5), 50),
            bar("HALF", "2025-11-28 15:00", [2], "0.5"),
            bar("HALF", "2025-11-28 15:01", [4], "1.25"),
            bar("ZERO", "2025-11-28 15:00", [7], 0, "0"),
            bar("PENNY", "2025-11-28 15:00", ("0.00011", "0.0001234567", "0.0001", "0.00012"), 1e9),
            bar("ROCKET", "2025-11-28 15:00", [110], 5),
            bar("TWICE", "2025-11-28 15:00", [9], 1000),
            bar("TWICE", "2025-11-28 15:00", [8], 10),
            bar("CLOSE0", "2025-11-28 15:00", [8], 10),
            bar("EMPTY", "2025-11-28 15:00", [8], 10),
        ],
    )
    reference = write(
        tmp_path / "reference.csv",
        [*(f"{ticker},2,50" for ticker in (*words, "PRE", "POST")), "ROCKET,10,0", "CLOSE0,0,5", "EMPTY,,"],
        REFERENCE_HEADER,
    )

    document, said = replay(tmp_path / "out.json", file, "--reference", reference)

    assert_same(document, expected(file, None, reference))
    assert document["as_of"] == "2025-11-28T17:00:00-05:00"
    assert "OUT" not in document["symbols"]
    assert document["symbols"]["ROCKET"]["change_pct"] == pytest.approx(1000, rel=1e-12)
    assert document["symbols"]["NA"]["relative_volume"] == pytest.approx(2, rel=1e-12)
    assert document["symbols"]["POST"]["post_market_high"] == pytest.approx(4, rel=1e-12)
    assert not re.search(r"\bline \d", said), said


def test_without_transactions(tmp_path: Path) -> None:
    """The column ``transactions`` may be absent, and others may be there, in any order."""
    start = MONDAY[0].split(",")[6]
    later = MONDAY[1].split(",")[6]
    header = "window_start,note,low,high,open,close,ticker,volume"
    lines = [f"{start},hello,1,4,2,3,AAA,10", f"{later},,1,4,2,3,TRUE,0.25"]
    file = write(tmp_path / "bars.csv.gz", lines, header)

    document, _ = replay(tmp_path / "out.json", file)

    assert_same(document, expected(file, None))
    assert set(document["symbols"]) == {"AAA", "TRUE"}

"""Flat files: what is read, what is refused with its line number, and the rules that make one trading date of it."""

import gzip
from datetime import date, time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from schemas.columnar import NO_INTEGER
from schemas.records import Reason, Trade
from streams.feed.flat_file import FlatFile, read_flat_files
from streams.feed.input_error import InputError
from tests.support.flat_files import HEADER, bar, nanoseconds, write

DAY = "2025-01-06 "
NOON = nanoseconds(DAY + "17:00") // 1_000_000
GOOD = [bar("A", DAY + "17:00", [10.0], 5), bar("A", DAY + "17:01", [11.0], 6)]


def tickers_of(file: FlatFile) -> list[str]:
    """Return each row's ticker."""
    return [file.columns.tickers[code] for code in file.columns.codes]


def values_of(file: FlatFile, name: str) -> list[float]:
    """Return a column of numbers."""
    return list(np.broadcast_to(np.asarray(file.columns.values[name]), len(file.columns)))


def read(tmp_path: Path, lines: list[str], header: str = HEADER, name: str = "bars.csv") -> FlatFile:
    """Write lines and read them."""
    return read_flat_files([write(tmp_path / name, lines, header)])


def test_rows_are_sorted_by_start_and_ticker(tmp_path: Path) -> None:
    """The vendor sorts by ticker first; a replay needs time first."""
    lines = [
        bar(ticker, DAY + minute, [1.0], 1) for ticker in ("ZZ", "B", "BRK.B", "b") for minute in ("17:01", "17:00")
    ]
    file = read(tmp_path, lines)

    assert tickers_of(file) == ["B", "BRK.B", "ZZ", "b"] * 2
    assert values_of(file, "start_time") == [NOON] * 4 + [NOON + 60_000] * 4
    assert file.interval_ms == 60_000
    assert file.columns.event_times().tolist() == [NOON + 60_000] * 4 + [NOON + 120_000] * 4
    assert file.as_of == NOON + 120_000
    assert file.day.date == date(2025, 1, 6)


def test_of_duplicates_the_last_in_the_files_wins(tmp_path: Path) -> None:
    """Within a file and across files."""
    first = write(tmp_path / "1.csv", [*GOOD, bar("A", DAY + "17:00", [20.0], 7)])
    second = write(tmp_path / "2.csv", [bar("A", DAY + "17:01", [30.0], 8), bar("B", DAY + "17:00", [2.0], 1)])
    file = read_flat_files([first, second])

    assert tickers_of(file) == ["A", "B", "A"]
    assert values_of(file, "close") == [20.0, 2.0, 30.0]
    assert file.counts.duplicates == 2
    assert file.counts.counted == 3


@pytest.mark.parametrize("name", ["bars.csv", "bars.csv.gz"])
def test_columns_may_stand_in_any_order_with_others_among_them(tmp_path: Path, name: str) -> None:
    """Names decide; ``transactions`` may be absent."""
    header = "note,low,high,window_start,close,open,ticker,volume"
    lines = [f'"a, b",1.5,4.5,{nanoseconds(DAY + minute)},3.5,2.5,NA,7' for minute in ("17:00", "17:05")]
    file = read(tmp_path, lines, header, name)

    assert [values_of(file, field)[0] for field in ("open", "high", "low", "close", "volume")] == [
        2.5,
        4.5,
        1.5,
        3.5,
        7,
    ]
    assert values_of(file, "transactions") == [NO_INTEGER] * 2
    assert file.interval_ms == 300_000


def test_what_is_often_refused_by_mistake_is_read(tmp_path: Path) -> None:
    """Tickers that look like something else, fractions, zeros, sub-penny prices, a thousand percent."""
    tickers = ["NA", "NAN", "TRUE", "null", "None", "BRK.B", "ABRpD", "1", "1e5", "inf", "ABCDEFGHIJKL", "#A", "-"]
    lines = [bar(ticker, DAY + "17:00", [0.00021], 0, "") for ticker in tickers]
    lines += [bar("BRK.B", DAY + "17:01", [1.123456789012345], 0.375, "0"), bar("NA", DAY + "17:01", [0.0231], 9, "3")]
    file = read(tmp_path, lines)

    assert file.rejects == []
    assert tickers_of(file) == [*sorted(tickers), "BRK.B", "NA"]
    assert values_of(file, "close")[-2:] == [1.123456789012345, 0.0231]
    assert values_of(file, "volume")[-2:] == [0.375, 9]
    assert values_of(file, "transactions")[-3:] == [NO_INTEGER, 0, 3]


BAD_LINES = [
    ("A,1,2", Reason.MALFORMED_LINE, "3 fields where the header has 8"),
    ("A,5,1,1,1,1,1736182800000000000,1,9", Reason.MALFORMED_LINE, "9 fields where the header has 8"),
    ("", Reason.MALFORMED_LINE, "1 fields where the header has 8"),
    ('"A,5,1,1,1,1,1736182800000000000,1', Reason.MALFORMED_LINE, "a quote is not closed"),
    ("A,,1,1,1,1,1736182800000000000,1", Reason.MISSING_FIELD, "volume is missing"),
    (",5,1,1,1,1,1736182800000000000,1", Reason.MISSING_FIELD, "ticker is missing"),
    ("A,five,1,1,1,1,1736182800000000000,1", Reason.WRONG_TYPE, "volume 'five' is not a number"),
    ("A,nan,1,1,1,1,1736182800000000000,1", Reason.WRONG_TYPE, "volume 'nan' is not a number"),
    ("A,5,inf,1,1,1,1736182800000000000,1", Reason.WRONG_TYPE, "open 'inf' is not a number"),
    ("A,5,1,1,1,1,noon,1", Reason.WRONG_TYPE, "window_start 'noon' is not a number"),
    ("A,5,1,1,1,1,1736182800000000000,many", Reason.WRONG_TYPE, "transactions 'many' is not a number"),
    ("A,-5,1,1,1,1,1736182800000000000,1", Reason.BAD_VOLUME, "volume '-5' is below 0"),
    ("A,5,0,1,1,1,1736182800000000000,1", Reason.BAD_PRICE, "open '0' is not above 0"),
    ("A,5,1,1,1,-1,1736182800000000000,1", Reason.BAD_PRICE, "low '-1' is not above 0"),
    ("A,5,1,1,1,2,1736182800000000000,1", Reason.BAD_RANGE, "high '1' is below low"),
    ("A,5,1,1,1,1,1736182800000,1", Reason.BAD_TIME, "window_start '1736182800000' is not ns since 1970"),
    ("ABCDEFGHIJKLM,5,1,1,1,1,1736182800000000000,1", Reason.BAD_TICKER, "ticker 'ABCDEFGHIJKLM'"),
    ("A B,5,1,1,1,1,1736182800000000000,1", Reason.BAD_TICKER, "ticker 'A B'"),
    ("Ä,5,1,1,1,1,1736182800000000000,1", Reason.BAD_TICKER, "ticker 'Ä'"),
]


@pytest.mark.parametrize(("line", "reason", "detail"), BAD_LINES)
def test_a_bad_line_is_refused_with_its_number_and_the_rest_read(
    tmp_path: Path, line: str, reason: Reason, detail: str
) -> None:
    """The header is line 1; the reason, the value and the original bytes are kept."""
    path = write(tmp_path / "bars.csv", [GOOD[0], line, GOOD[1]])
    file = read_flat_files([path])
    (reject,) = file.rejects

    assert (reject.position, reject.reason, reject.payload) == (3, reason, line.encode())
    assert detail in reject.detail
    assert str(reject).startswith(f"{path}, line 3: ")
    assert values_of(file, "close") == [10.0, 11.0]
    assert file.counts.malformed == 1
    assert file.counts.lines == 3
    assert reject.letter(NOON).source == str(path)


def test_bytes_that_are_not_text_cost_their_line_only(tmp_path: Path) -> None:
    """A damaged ticker is refused; empty lines at the end are nothing."""
    path = tmp_path / "bars.csv"
    damaged = GOOD[0].encode().replace(b"A,", b"\xff\xfe,")
    path.write_bytes(b"\r\n".join([b"\xef\xbb\xbf" + HEADER.encode(), damaged, *map(str.encode, GOOD), b"", b""]))
    file = read_flat_files([path])

    assert [(reject.position, reject.reason) for reject in file.rejects] == [(2, Reason.BAD_TICKER)]
    assert len(file.columns) == 2


def test_the_hours_decide_what_counts(tmp_path: Path) -> None:
    """04:00 counts, 20:00 does not; both sides are counted."""
    times = ["08:59", "09:00", "17:00", "17:01"]
    after = ["2025-01-07 00:59", "2025-01-07 01:00"]
    file = read(
        tmp_path, [bar("A", DAY + minute, [1.0], 1) for minute in times] + [bar("A", when, [1.0], 1) for when in after]
    )

    assert file.counts.outside_hours == 2
    assert len(file.columns) == 4


def test_half_days_end_at_17(tmp_path: Path) -> None:
    """The day after Thanksgiving."""
    file = read(tmp_path, [bar("A", f"2025-11-28 {minute}", [1.0], 1) for minute in ("21:59", "22:00")])

    assert file.counts.outside_hours == 1
    assert file.as_of == nanoseconds("2025-11-28 22:00") // 1_000_000


def test_until_keeps_what_has_ended(tmp_path: Path) -> None:
    """A bar counts at the instant at which it ends; the instant is New York's."""
    path = write(tmp_path / "bars.csv", GOOD)
    file = read_flat_files([path], until=time(12, 1))

    assert values_of(file, "close") == [10.0]
    assert file.as_of == NOON + 60_000
    assert file.counts.after_until == 1
    assert len(read_flat_files([path], until=time(4)).columns) == 0


def test_two_dates_need_a_choice(tmp_path: Path) -> None:
    """The message names them and the option; the other date is counted."""
    path = write(tmp_path / "bars.csv", [*GOOD, bar("A", "2025-01-07 17:00", [1.0], 1)])

    with pytest.raises(InputError, match=r"2 trading dates \(2025-01-06, 2025-01-07\); say which by --date"):
        read_flat_files([path])
    file = read_flat_files([path], date=date(2025, 1, 7))
    assert len(file.columns) == 1
    assert file.counts.other_dates == 2
    with pytest.raises(InputError, match="not a trading day"):
        read_flat_files([path], date=date(2025, 1, 5))


def test_a_single_start_needs_the_length(tmp_path: Path) -> None:
    """There is no step to tell it from."""
    path = write(tmp_path / "bars.csv", GOOD[:1])

    with pytest.raises(InputError, match="--bar-seconds"):
        read_flat_files([path])
    assert read_flat_files([path], bar_seconds=300).interval_ms == 300_000


def test_a_parquet_file_is_read(tmp_path: Path) -> None:
    """Numbers stay numbers, whatever their width; a refused row has its number."""
    start = nanoseconds(DAY + "17:00")
    frame = pl.DataFrame(
        {
            "ticker": pl.Series(["NA", "NA", "B"], dtype=pl.Categorical),
            "volume": pl.Series([1, 2, 3], dtype=pl.Int32),
            **{name: pl.Series([1.5, 2.5, -1.0], dtype=pl.Float32) for name in ("open", "high", "low", "close")},
            "window_start": [start, start + 60_000_000_000, start],
        }
    )
    path = tmp_path / "bars.parquet"
    frame.write_parquet(path)
    file = read_flat_files([path])

    assert tickers_of(file) == ["NA", "NA"]
    assert values_of(file, "close") == [1.5, 2.5]
    assert [(reject.position, reject.reason) for reject in file.rejects] == [(3, Reason.BAD_PRICE)]


TRADES = (
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,"
    "trf_id,trf_timestamp"
)


def test_trades_are_told_by_their_columns(tmp_path: Path) -> None:
    """Quoted conditions, empty fields, the order of time, fractions of a share."""
    now = nanoseconds(DAY + "17:00")
    lines = [
        f'NA,"12,37",0,11,71675240528898,1,191.23,9876,{now + 999_999},0.5,1,0,0',
        f"B,,0,,,1,0.0231,,{now},100,,0,0",
        f"B,,0,1,2,1,-1,3,{now},100,1,0,0",
    ]
    file = read(tmp_path, lines, TRADES)
    columns = file.columns
    buffer = columns.buffer.tobytes()

    assert columns.kind is Trade
    assert file.interval_ms is None
    assert tickers_of(file) == ["B", "NA"]
    assert values_of(file, "trade_time") == [NOON, NOON]
    assert values_of(file, "size") == [100, 0.5]
    assert values_of(file, "exchange") == [NO_INTEGER, 11]
    assert values_of(file, "sequence") == [NO_INTEGER, 9876]
    assert columns.texts["trade_id"].lengths.tolist() == [-1, 14]
    start = int(columns.texts["trade_id"].starts[1])
    assert buffer[start : start + 14] == b"71675240528898"
    assert columns.texts["conditions"].lengths.tolist() == [0, 2]
    start = int(columns.texts["conditions"].starts[1])
    assert buffer[start : start + 2] == bytes([24, 74])
    assert [reject.position for reject in file.rejects] == [4]


def refused(tmp_path: Path, content: bytes, name: str = "bars.csv") -> str:
    """Return the message for a file that cannot be used: one line that names it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_flat_files([path])
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def test_files_that_cannot_be_used_say_why_in_one_line(tmp_path: Path) -> None:
    """Empty, header only, without a column, damaged, binary, all bad, absent."""
    assert "is empty" in refused(tmp_path, b"")
    assert "is empty" in refused(tmp_path, b"\n\n")
    assert "is empty" in refused(tmp_path, gzip.compress(b""), "bars.csv.gz")
    assert "no line can be used" in refused(tmp_path, HEADER.encode())
    assert "no column volume, low (it has ticker" in refused(
        tmp_path, b"ticker,open,close,high,window_start\nA,1,1,1,1736182800000000000"
    )
    assert "damaged" in refused(tmp_path, gzip.compress(HEADER.encode() * 50)[:-9], "bars.csv.gz")
    assert "not a text file" in refused(tmp_path, bytes(range(128, 256)))
    assert "not a readable parquet file" in refused(tmp_path, b"PAR1 and no more", "bars.parquet")
    assert "line 2: window_start '1736182800' is not ns" in refused(
        tmp_path, f"{HEADER}\nA,5,1,1,1,1,1736182800,1".encode()
    )
    assert "between 04:00 and 20:00" in refused(
        tmp_path, "\n".join([HEADER, bar("A", DAY + "05:00", [1.0], 1), bar("A", DAY + "05:01", [1.0], 1)]).encode()
    )
    with pytest.raises(InputError, match="cannot be read"):
        read_flat_files([tmp_path / "absent.csv"])
    with pytest.raises(InputError, match="cannot be read"):
        read_flat_files([tmp_path])


def test_bars_and_trades_together_are_refused(tmp_path: Path) -> None:
    """They are different topics with different rules."""
    bars = write(tmp_path / "bars.csv", GOOD)
    trades = write(tmp_path / "trades.csv", [f"A,,0,1,2,1,1,3,{NOON}000000,100,1,0,0"], TRADES)

    with pytest.raises(InputError, match="bars and trades together"):
        read_flat_files([bars, trades])

"""What workers write to Redis comes back as it was."""

import math
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from schemas import parts
from schemas.boards import Entry
from schemas.parts import TICKER_DTYPE, BoardPart, Head, UniversePart

HEAD = Head(
    partition=3,
    partitions=8,
    version=12,
    trading_date="2025-01-06",
    session="regular",
    event_time=1_736_182_800_000,
    complete_through=1_736_182_799_000,
    position=99,
    published_time=1_736_182_800_100,
    universe_version=11,
)


def test_head() -> None:
    """A head survives its bytes."""
    assert parts.decode_head(parts.encode(HEAD)) == HEAD


def test_board_part() -> None:
    """Tickers of 1 to 12 characters and exact values survive, in order."""
    tickers = np.array(["A", "BRK.B", "ABRpD", "TWELVELETTER", "NAN"], TICKER_DTYPE)
    values = np.array([1e300, 0.1, 0.0, -0.1, -1e-300])

    part = parts.decode_board_part(parts.encode(BoardPart.of(4, 5, tickers, values)))

    assert (part.version, part.event_time) == (4, 5)
    assert part.entries() == [
        Entry("A", 1e300),
        Entry("BRK.B", 0.1),
        Entry("ABRpD", 0.0),
        Entry("TWELVELETTER", -0.1),
        Entry("NAN", -1e-300),
    ]


def test_entries_are_plain() -> None:
    """Rows hold Python's own types: they go into JSON as they are."""
    (entry,) = BoardPart.of(1, 1, np.array(["A"], TICKER_DTYPE), np.array([2.5])).entries()

    assert (type(entry.ticker), type(entry.value)) == (str, float)


def test_empty_board_part() -> None:
    """A partition without a row on a board has an empty part."""
    part = BoardPart.of(1, 1, np.array([], TICKER_DTYPE), np.array([], np.float64))

    assert parts.decode_board_part(parts.encode(part)).entries() == []


def test_universe_part() -> None:
    """Tickers and the matrix of their metrics survive; what is undefined is still NaN."""
    values = np.array([[1.0, math.nan], [2.0, -3.5]])

    written = UniversePart.of(6, 7, ("price", "change"), np.array(["AA", "B"], TICKER_DTYPE), values)
    part = parts.decode_universe_part(parts.encode(written))

    assert (part.version, part.event_time, part.columns) == (6, 7, ("price", "change"))
    assert part.ticker_list() == ["AA", "B"]
    np.testing.assert_array_equal(part.matrix(), values)


def test_universe_part_of_any_layout() -> None:
    """A matrix that lies in memory by columns, or a slice of one, is written by rows all the same."""
    by_columns = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    tickers = np.array(["A", "B", "C"], TICKER_DTYPE)

    part = UniversePart.of(1, 1, ("x", "y"), tickers, by_columns[:, 1:3])

    np.testing.assert_array_equal(part.matrix(), [[1, 2], [5, 6], [9, 10]])


def test_empty_universe_part() -> None:
    """A partition without a ticker has no rows, but the columns are known."""
    part = UniversePart.of(1, 1, ("price", "open"), np.array([], TICKER_DTYPE), np.empty((0, 2)))

    assert part.ticker_list() == []
    assert part.matrix().shape == (0, 2)


@pytest.mark.parametrize("decode", [parts.decode_head, parts.decode_board_part, parts.decode_universe_part])
@pytest.mark.parametrize("data", [b"", b"\x81", b"\x80", b"not a part"])
def test_bytes_that_are_no_part(decode: Callable[[bytes], object], data: bytes) -> None:
    """Bytes of something else are refused with msgspec's error, not taken for an empty part."""
    with pytest.raises(msgspec.DecodeError):
        decode(data)

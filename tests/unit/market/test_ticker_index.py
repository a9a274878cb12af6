"""The index from ticker to row: every ticker has one row of its own, however their hashes fall."""

import itertools
import string

import numpy as np
import pytest

from streams.market.partition import new_partition, put_all_rows, row_numbers, with_more_rows
from streams.market.symbol_state import empty_rows
from streams.market.ticker_index import FULL, WIDTH, find_or_add, hash_of, is_ticker, rebuild
from tests.unit.market.builders import tickers, uncompiled


class Index:
    """An index of a few rows."""

    def __init__(self, rows: int) -> None:
        """Begin empty."""
        self.tickers = np.zeros((rows, WIDTH), np.uint8)
        self.slots = np.full(2 * rows, -1, np.int64)
        self.used = np.zeros(1, np.int64)

    def find(self, ticker: str) -> int:
        """Find or add a ticker that stands between others."""
        text = np.frombuffer(f"XX{ticker}YY".encode(), np.uint8)
        return int(uncompiled(find_or_add)(self.tickers, self.slots, self.used, text, 2, len(ticker)))


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """Let the hash wrap around, as compiled code does without a word."""
    np.seterr(over="ignore")


def test_a_ticker_keeps_its_row() -> None:
    """Rows are numbered as tickers first come, and found again."""
    index = Index(8)

    assert [index.find(ticker) for ticker in ("A", "B", "A", "C", "B")] == [0, 1, 0, 2, 1]
    assert index.used[0] == 3


def test_a_prefix_is_another_ticker() -> None:
    """A, AA, and tickers of the full width that differ in their last character only, have rows of their own."""
    names = ["A", "AA", "AAA", "ABCDEFGHIJKL", "ABCDEFGHIJKM", "ABCDEFGHIJK", "a"]
    index = Index(8)

    assert [index.find(name) for name in names] == list(range(7))
    assert [index.find(name) for name in reversed(names)] == list(reversed(range(7)))


def test_colliding_tickers_have_rows_of_their_own() -> None:
    """Tickers whose hashes fall on one slot, the last, go on behind it and around the end."""
    names = []
    for pair in itertools.product(string.ascii_uppercase, repeat=2):
        text = np.frombuffer("".join(pair).encode(), np.uint8)
        if int(uncompiled(hash_of)(text, 0, 2)) & 15 == 15:
            names.append("".join(pair))
    index = Index(8)
    rows = [index.find(name) for name in names[:8]]

    assert rows == list(range(8))
    assert [index.find(name) for name in names[:8]] == rows
    assert index.slots[15] == 0
    assert index.slots[:7].tolist() == list(range(1, 8))


def test_a_full_index_finds_but_does_not_add() -> None:
    """Without a row left a known ticker is found, and a new one is refused and leaves no trace."""
    index = Index(2)

    assert [index.find(ticker) for ticker in ("A", "B", "C", "A", "B")] == [0, 1, FULL, 0, 1]
    assert index.used[0] == 2


def test_rebuilding_finds_every_ticker() -> None:
    """A larger table of slots, filled anew, gives the same rows, for tickers of every width."""
    index = Index(16)
    names = [string.ascii_uppercase[:width] for width in range(1, 13)]
    rows = [index.find(name) for name in names]
    index.slots = np.full(64, 7, np.int64)
    uncompiled(rebuild)(index.tickers, index.slots, len(names))

    assert [index.find(name) for name in names] == rows


def test_the_hash_is_fnv_1a() -> None:
    """The published test vectors of the 64-bit hash hold."""
    for text, value in ((b"", 0xCBF29CE484222325), (b"a", 0xAF63DC4C8601EC8C), (b"foobar", 0x85944171F73967E8)):
        assert int(hash_of(np.frombuffer(text, np.uint8), 0, len(text))) == value


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (b"A", True),
        (b"BRK.B", True),
        (b"ABRpD", True),
        (b"!~", True),
        (b"ABCDEFGHIJKL", True),
        (b"ABCDEFGHIJKLM", False),
        (b"", False),
        (b"A B", False),
        (b"A\0", False),
        (b"\0progress", False),
        (b"A\x7f", False),
        ("É".encode(), False),
    ],
)
def test_what_a_ticker_is(text: bytes, good: bool) -> None:  # noqa: FBT001 - a column of the table above
    """A ticker has 1 to 12 printable ASCII characters; no other text may become a key of the table."""
    assert uncompiled(is_ticker)(np.frombuffer(text, np.uint8), 0, len(text)) is good


def test_growing_keeps_every_row() -> None:
    """Numbers asked for beyond the room there is, and rows put there, all have their place afterwards."""
    names = [f"T{number}".encode() for number in range(100)]
    partition, numbers = row_numbers(new_partition(1000, 1, rows=4), names, with_more_rows)

    assert numbers.tolist() == list(range(100))
    assert len(partition.rows) == 128
    assert tickers(partition) == [name.decode() for name in names]

    rows = empty_rows(100)
    rows["offset"] = np.arange(100)
    partition = put_all_rows(new_partition(1000, 1, rows=4), names[::-1], rows, with_more_rows)

    assert tickers(partition) == [name.decode() for name in names[::-1]]
    assert partition.rows["offset"][:100].tolist() == list(range(100))
    assert not partition.dirty.any()

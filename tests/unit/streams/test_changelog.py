"""What a changelog holds: rows of any version that this program can read, and whose they are."""

import numpy as np
import pytest

from streams.background import Background
from streams.bar_folding import BarFolding
from streams.changelog import decode_rows, source_of
from streams.folding import Older
from streams.market.older_rows import VERSION_1
from streams.market.symbol_state import ROW, VERSION, Rows, empty_rows


def folding(older: Older | None = None) -> BarFolding:
    """Return a folding, with older versions of its own."""
    found = BarFolding(1000, Background())
    if older is not None:
        found.older = older
    return found


def packed(rows: Rows, version: int = VERSION) -> list[bytes]:
    """Return rows as the changelog holds them."""
    return [bytes([version]) + row.tobytes() for row in rows]


def test_sources_differ_by_topic_and_by_length() -> None:
    """The number is the same on every machine, for it stands in the changelog."""
    assert len({source_of("a", 1000), source_of("b", 1000), source_of("a", 60_000)}) == 3
    assert source_of("00ff", 1000) == int.from_bytes(bytes.fromhex("8afedf26ab9243a8"), "little", signed=True)


def test_rows_are_read_as_they_were_written() -> None:
    """To the bit; no rows are no rows."""
    rows = empty_rows(2)
    rows["price"] = [1.0, 2.0]

    assert decode_rows(packed(rows), folding()).tobytes() == rows.tobytes()
    assert len(decode_rows([], folding())) == 0


def test_versions_may_be_mixed() -> None:
    """Each row in its place, older ones carried over by their own function."""
    older = np.dtype([("cents", "i8")])

    def carry_over(old: Rows) -> Rows:
        rows = empty_rows(len(old))
        rows["price"] = old["cents"] / 100
        return rows

    current, old = empty_rows(2), np.array([(950,), (250,)], older)
    current["price"] = [1.0, 2.0]
    values = [packed(current)[0], packed(old, 200)[0], packed(current)[1], packed(old, 200)[1]]

    assert decode_rows(values, folding({200: (older, carry_over)}))["price"].tolist() == [1.0, 9.5, 2.0, 2.5]


def test_rows_of_version_1_are_carried_over() -> None:
    """As a worker finds them after the program was changed."""
    old = np.zeros(1, VERSION_1)
    old["offset"], old["day_start"], old["volume"] = 7, 5, 12.5

    rows = decode_rows(packed(old, 1), folding())

    assert rows.dtype == ROW
    assert (rows["offset"][0], rows["day_start"][0], rows["volume"][0]) == (7, 5, 12.5)


def test_rows_of_an_unknown_version_are_refused() -> None:
    """A changelog that a newer program wrote is an error that says so."""
    with pytest.raises(ValueError, match=r"rows of version 200; this program reads \[1, 2\]"):
        decode_rows([bytes([200]) + bytes(ROW.itemsize)], folding())

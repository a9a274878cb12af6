"""Records of a topic that wait together: whatever their types, each stays in its place."""

import numpy as np

from schemas.records import LimitBand
from streams.feed.series import Piece, Series, pieces

BAND = LimitBand(ticker="A", event_time=0, received_time=0)


def cut(rows: list[int], series: Series, partition: int = 0) -> list[tuple[list[int], list[bytes], list[bytes]]]:
    """Return the pieces of a partition: rows, clocks and values of singles."""
    own = [single for single in series.singles if single.partition == partition]

    def plain(piece: Piece) -> tuple[list[int], list[bytes], list[bytes]]:
        return piece.rows.tolist(), series.clocks[piece.clocks], [single.value for single in piece.singles]

    return [plain(piece) for piece in pieces(np.array(rows, np.int64), len(series.clocks), own)]


def test_without_others_there_is_one_piece() -> None:
    """All rows and all clocks."""
    series = Series()
    series.records += [BAND, BAND]
    series.add_clock(b"t")

    assert cut([0, 1], series) == [([0, 1], [b"t"], [])]
    assert series.clock_positions == [2]


def test_others_stand_between_what_was_given_before_and_after() -> None:
    """Rows of the partition and clocks are cut where a single was given, neighbours go together."""
    series = Series()
    series.add_single(0, b"k", b"first")
    series.records += [BAND, BAND]
    series.add_clock(b"t")
    series.add_single(0, b"k", b"second")
    series.add_single(0, b"k", b"third")
    series.add_clock(b"u")
    series.add_single(1, b"k", b"elsewhere")
    series.add_single(0, b"k", b"fourth")
    series.records += [BAND]

    assert cut([1, 2], series) == [
        ([], [], [b"first"]),
        ([1], [b"t"], [b"second", b"third"]),
        ([], [b"u"], [b"fourth"]),
        ([2], [], []),
    ]
    assert cut([0], series, 1) == [([0], [b"t", b"u"], [b"elsewhere"]), ([], [], [])]


def test_it_says_whether_anything_waits() -> None:
    """Records, clocks or others."""
    assert not Series()
    assert Series(records=[BAND])
    assert Series(clocks=[b"t"])
    series = Series()
    series.add_single(0, b"k", b"v")
    assert series

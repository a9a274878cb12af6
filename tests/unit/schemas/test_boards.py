"""The boards, and how their parts are merged."""

import pytest

from schemas.boards import BOARD_NAMES, BOARD_SIZE, BOARDS, BY_NAME, Entry, merge, rank_key
from schemas.metrics import METRIC_NAMES
from tests.support import oracle


def test_boards_of_the_definitions() -> None:
    """Names, metrics and directions are those of the definitions, in their order."""
    assert {board.name: (board.metric, board.descending) for board in BOARDS} == {
        name: (metric, first == "highest") for name, (metric, first) in oracle.BOARDS.items()
    }
    assert tuple(oracle.BOARDS) == BOARD_NAMES
    assert BOARD_SIZE == 500


def test_boards_rank_metrics() -> None:
    """Every board ranks a metric that exists, has a title, and is found by its name."""
    assert all(board.metric in METRIC_NAMES and board.title for board in BOARDS)
    assert all(BY_NAME[board.name] is board for board in BOARDS)
    assert len(BY_NAME) == len(BOARDS)


@pytest.mark.parametrize(("descending", "order"), [(True, "CAB"), (False, "ABC")])
def test_rank_key(*, descending: bool, order: str) -> None:
    """The best value comes first; equal values go by ticker upward in either direction."""
    entries = [Entry("B", 1.0), Entry("C", 2.0), Entry("A", 1.0)]

    ranked = sorted(entries, key=lambda entry: rank_key(entry, descending=descending))

    assert "".join(entry.ticker for entry in ranked) == order


def test_merge_descending() -> None:
    """Parts are interleaved by value, equal values by ticker in code-point order."""
    parts = [[Entry("BRKpB", 9.0), Entry("Z", -1.0)], [], [Entry("BRK.B", 9.0), Entry("BRKB", 9.0), Entry("A", 0.0)]]

    merged = merge(parts, descending=True)

    assert [entry.ticker for entry in merged] == ["BRK.B", "BRKB", "BRKpB", "A", "Z"]


def test_merge_ascending() -> None:
    """A board of losers starts with the lowest value."""
    parts = [[Entry("A", -3.0), Entry("B", 1.0)], [Entry("C", -5.0), Entry("D", -3.0)]]

    assert [entry.ticker for entry in merge(parts, descending=False)] == ["C", "A", "D", "B"]


def test_merge_is_cut() -> None:
    """A board has no more rows than its size, however many its parts have."""
    parts = [[Entry(f"T{n:04}", float(-n)) for n in range(start, 1200, 3)] for start in range(3)]

    assert [entry.value for entry in merge(parts, descending=True)] == [float(-n) for n in range(500)]
    assert merge(parts, descending=True, size=2) == [Entry("T0000", 0.0), Entry("T0001", -1.0)]


def test_merge_of_nothing() -> None:
    """No parts make an empty board."""
    assert merge([], descending=True) == []

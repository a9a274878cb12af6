"""The boards, and how their parts are merged."""

import pytest

from schemas.boards import (
    ALL_SESSIONS,
    BOARD_NAMES,
    BOARD_SIZE,
    BOARDS,
    BY_NAME,
    BoardSpec,
    Entry,
    boards_in,
    merge,
    rank_key,
)
from schemas.expressions import Expression
from schemas.metrics import METRIC_NAMES
from streams.market.session import SESSIONS
from tests.support import oracle_boards

FIRST = (
    "volume",
    "gainers",
    "losers",
    "gappers",
    "gap_losers",
    "open_gainers",
    "open_losers",
    "relative_volume",
    "relative_volume_at_time",
)
"""The boards of the first release: what follows them must not move them."""


def test_boards_of_the_definitions() -> None:
    """Names, metrics and directions are those of the definitions."""
    known = {board.name: (board.metric, board.descending) for board in BOARDS}
    defined = {name: (metric, first == "highest") for name, (metric, first) in oracle_boards.BOARDS.items()}

    assert {name: known.get(name) for name in defined} == defined
    assert set(known) == {*defined, *oracle_boards.FEED_BOARDS}
    assert BOARD_NAMES[: len(FIRST)] == FIRST
    assert BOARD_SIZE == 500


def test_boards_rank_metrics() -> None:
    """Every board ranks a metric that exists, has a title of its own and a group, and is found by its name."""
    assert all(board.metric in METRIC_NAMES and board.group for board in BOARDS)
    assert all(BY_NAME[board.name] is board for board in BOARDS)
    assert len({board.title for board in BOARDS}) == len(BY_NAME) == len(BOARDS)
    assert all(1 <= board.size <= BOARD_SIZE for board in BOARDS)


@pytest.mark.parametrize("board", [board for board in BOARDS if board.where], ids=lambda board: board.name)
def test_conditions_compile(board: BoardSpec) -> None:
    """Each condition reads metrics there are, and all that the definitions name for the board."""
    names = Expression(board.where).names

    assert set(names) <= set(METRIC_NAMES)
    assert set(names) >= set(oracle_boards.WHERE.get(board.name, ()))


def test_boards_of_bars_have_the_conditions_of_the_definitions() -> None:
    """No condition is missing, and none is on a board that ranks everything."""
    conditional = {board.name for board in BOARDS if board.where} - set(oracle_boards.FEED_BOARDS)

    assert conditional == set(oracle_boards.WHERE)
    assert all(not BY_NAME[name].where for name in FIRST)


def test_sessions() -> None:
    """They are those of the market, and boards that are not of all are of those that the definitions say."""
    assert ALL_SESSIONS == SESSIONS
    for board in BOARDS:
        assert board.sessions == oracle_boards.OPEN_IN.get(board.name, ALL_SESSIONS)


def test_boards_in_a_session() -> None:
    """In their order, without those of other sessions."""
    missing = {session: set(BOARD_NAMES) - {board.name for board in boards_in(session)} for session in ALL_SESSIONS}

    assert missing == {
        "pre_market": {"after_hours_movers"},
        "regular": {"small_cap_gappers", "after_hours_movers"},
        "post_market": {"small_cap_gappers"},
        "closed": {"small_cap_gappers"},
    }
    assert [board.name for board in boards_in("regular")][: len(FIRST)] == list(FIRST)


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

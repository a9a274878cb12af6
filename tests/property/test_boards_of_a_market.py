"""Whatever the market, every board of it is in order, no longer than it may be, and has the rows that it should."""

import math
from typing import Final

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.boards import ALL_SESSIONS, BOARD_NAMES, BOARDS, BY_NAME, BoardSpec, boards_in, rank_key
from schemas.expressions import Expression
from schemas.metrics import COLUMNS
from schemas.parts import TICKER_DTYPE
from streams.view import View, board_parts
from tests.support.oracle_boards import OPEN_IN, WHERE

FEED_WHERE: Final = {
    "momentum_up": {"running_60s": lambda value: value > 0},
    "momentum_down": {"running_60s": lambda value: value < 0},
    "halted": {"halted": lambda value: value == 1},
}
"""What must hold of a row on the boards of trades and halts; ``WHERE`` has those of bars."""
READ: Final = sorted({board.metric for board in BOARDS}.union(*(Expression(b.where).names for b in BOARDS if b.where)))
"""The metrics that any board reads."""
NEAR_AN_EDGE: Final = st.sampled_from(
    [-6.0, -1.0, -0.5, 0.0, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 21.0, 2e7, 1e7, 2e9, 1e9]
)
MARKETS: Final = st.lists(
    st.fixed_dictionaries({name: st.none() | NEAR_AN_EDGE for name in READ}), min_size=0, max_size=12
)


def view(market: list[dict[str, float | None]]) -> View:
    """Return the market as a partition has it, undefined where a row says nothing."""
    tickers = np.array([f"T{number:02}" for number in range(len(market))], TICKER_DTYPE)
    values = np.full((len(market), len(COLUMNS)), math.nan)
    for line, row in zip(values, market, strict=True):
        for name, value in row.items():
            line[COLUMNS.index(name)] = math.nan if value is None else value
    return View("2026-11-20", 1000, tickers, values)


def belongs(board: BoardSpec, row: dict[str, float | None]) -> bool:
    """Tell whether a row belongs on a board, by the definitions: whatever is undefined does not hold."""
    conditions = {**WHERE, **FEED_WHERE}.get(board.name, {})
    holds = [(value := row[name]) is not None and condition(value) for name, condition in conditions.items()]
    return row[board.metric] is not None and all(holds)


@given(MARKETS, st.sampled_from(ALL_SESSIONS))
def test_boards_have_the_rows_that_belong_in_order(market: list[dict[str, float | None]], session: str) -> None:
    """All that belong and no others, each once, best first, with the ticker's own value; only boards of the session."""
    parts = board_parts(view(market), session, 1)

    assert list(parts) == [name for name in BOARD_NAMES if session in OPEN_IN.get(name, ALL_SESSIONS)]
    for board in boards_in(session):
        entries = parts[board.name].entries()
        known = {f"T{number:02}": row[board.metric] for number, row in enumerate(market) if belongs(board, row)}
        assert {entry.ticker: entry.value for entry in entries} == known
        assert len(entries) == len(known)
        keys = [rank_key(entry, descending=board.descending) for entry in entries]
        assert keys == sorted(keys)


@given(st.integers(495, 510), st.sampled_from([-1.0, 1.0]))
def test_a_board_is_cut_to_its_size(count: int, sign: float) -> None:
    """The best of many rows stay."""
    parts = board_parts(view([{"change_pct": sign * number} for number in range(count)]), "regular", 1)

    for name in ("gainers", "losers"):
        values = [entry.value for entry in parts[name].entries()]
        best = sorted((sign * number for number in range(count)), reverse=BY_NAME[name].descending)
        assert values == best[: BY_NAME[name].size]

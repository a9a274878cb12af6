"""The metrics of all tickers of a partition at one instant, and its part of every board."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.boards import BoardSpec, boards_in
from schemas.expressions import Expression
from schemas.metrics import COLUMNS
from schemas.parts import BoardPart
from streams.market.evaluate import Bars, empty_lines, evaluate, matrix_of
from streams.market.leaderboard import rank
from streams.market.partition import tickers_of
from streams.market.session import trading_days
from streams.partition_state import PartitionState


class View(NamedTuple):
    """The rows of a partition at its event time."""

    trading_date: str
    event_time: int
    tickers: npt.NDArray[np.bytes_]
    values: npt.NDArray[np.float64]
    """Shape tickers x ``COLUMNS``, NaN where undefined."""


class Ranking(NamedTuple):
    """How a board is made of a view."""

    board: BoardSpec
    column: int
    where: Expression | None


def _ranking(board: BoardSpec) -> Ranking:
    return Ranking(board, COLUMNS.index(board.metric), Expression(board.where) if board.where else None)


RANKINGS: Final = {
    session: tuple(_ranking(board) for board in boards_in(session))
    for session in ("pre_market", "regular", "post_market", "closed")
}


def view_of(state: PartitionState) -> View:
    """Evaluate every ticker of a partition that has a bar on the trading date of its event time."""
    day = trading_days()[int(state.columns.progress[0]["day"])]
    known = state.known(day.start)
    columns = state.columns
    count = int(columns.used[0])
    numbers = np.empty(count, np.int64)
    lines = empty_lines(count)
    bars = Bars(columns.rows, columns.nodes, columns.chains, columns.windows)
    interval = int(columns.progress[0]["interval_ms"])
    rows = evaluate(bars, count, state.event_time, interval, known, numbers, lines)
    tickers = tickers_of(columns, numbers[:rows])
    return View(day.date.isoformat(), state.event_time, tickers, matrix_of(lines[:rows]))


def board_parts(view: View, session: str, version: int) -> dict[str, BoardPart]:
    """Rank a view for every board that there is in a session."""
    parts = {}
    for board, column, where in RANKINGS[session]:
        values = view.values[:, column]
        if where is not None:
            values = np.where(where.mask(view.values), values, np.nan)
        best = rank(values, view.tickers, descending=board.descending, size=board.size)
        parts[board.name] = BoardPart.of(version, view.event_time, view.tickers[best], values[best])
    return parts

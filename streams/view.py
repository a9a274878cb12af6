"""The metrics of all tickers of a partition at one instant, and its part of every board."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.boards import BoardSpec, boards_in
from schemas.expressions import Expression
from schemas.metrics import COLUMNS
from schemas.parts import BoardPart
from schemas.ranking import rank
from streams.market.evaluate import Bars, empty_lines, evaluate, matrix_of
from streams.market.join import join_halts, join_quotes, join_trades, join_widths
from streams.market.partition import tickers_of
from streams.market.session import TradingDay, trading_days
from streams.market.ticker_index import Bytes
from streams.partition_state import PartitionState


class States(NamedTuple):
    """The states of one partition; of trades, halts and quotes there may be none yet."""

    bars: PartitionState
    trades: PartitionState | None = None
    halts: PartitionState | None = None
    quotes: PartitionState | None = None

    @property
    def changes(self) -> int:
        """Batches folded so far into all of them."""
        return sum(state.changes for state in self if state is not None)


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


def view_of(states: States) -> View:
    """Evaluate every ticker of a partition that has a bar on the trading date of its bars' event time."""
    state = states.bars
    day = trading_days()[int(state.columns.progress[0]["day"])]
    known = state.known(day.start)
    columns = state.columns
    count = int(columns.used[0])
    numbers = np.empty(count, np.int64)
    lines = empty_lines(count)
    bars = Bars(columns.rows, columns.nodes, columns.chains, columns.windows)
    interval = int(columns.progress[0]["interval_ms"])
    numbers = numbers[: evaluate(bars, count, state.event_time, interval, known, numbers, lines)]
    values = matrix_of(lines[: len(numbers)])
    join_others(states, day, columns.tickers[numbers], values)
    return View(day.date.isoformat(), state.event_time, tickers_of(columns, numbers), values)


def join_others(states: States, day: TradingDay, tickers: Bytes, values: npt.NDArray[np.float64]) -> None:
    """Write what the other tables know of some tickers (``ticker_index``'s bytes) into their lines.

    The tables are not at the same instant; each metric is of the newest one that any of them has reached.
    """
    time = max(state.event_time for state in states if state is not None)
    edges = np.array(day[1:], np.int64)
    join_widths(edges, time, values)
    if states.trades is not None:
        known = states.trades.known(day.start)
        join_trades(states.trades.columns, tickers, day.start, time, known.facts["atr"], values)
    if states.halts is not None:
        join_halts(states.halts.columns, tickers, edges, time, values)
    if states.quotes is not None:
        join_quotes(states.quotes.columns, tickers, day.start, values)


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

"""Who enters and leaves boards with a condition, on the event-time grid: at each clock record.

A ticker is looked at when a newer bar of it has come, as of the end of its newest bar: so what it is on does not hang
on when anybody looks, no two events have one name, and a busy second costs no more than its bars. When a board's
sessions are over, nobody leaves it.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.boards import BOARDS, BoardSpec
from schemas.expressions import Expression
from schemas.metrics import COLUMNS
from streams.market.bar_arrays import Partition
from streams.market.evaluate import Bars, evaluate_rows, matrix_of, unwritten_lines
from streams.market.events import ENTERED, LEFT, Events, empty_events
from streams.market.known import Known
from streams.market.session import SESSIONS, trading_day_at

PRICE: Final = COLUMNS.index("price")


class Scanned(NamedTuple):
    """A board that is watched for who is on it."""

    board: BoardSpec
    where: Expression
    column: int
    """Of its metric."""


SCANNED: Final = tuple(
    Scanned(board, Expression(board.where), COLUMNS.index(board.metric)) for board in BOARDS if board.is_watched
)
"""By the number of their bits in a row."""

THERE: Final = np.array(
    [
        sum((session.value in board.sessions) << bit for bit, (board, _, _) in enumerate(SCANNED))
        for session in SESSIONS
    ],
    np.int64,
)
"""The bits of the boards that there are, by the number of the session."""


def memberships(
    values: npt.NDArray[np.float64], sessions: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each line, given the number of its session, the bits of the boards it is on and of those there are."""
    there = THERE[sessions]
    members = np.zeros(len(values), np.int64)
    for bit, (_, where, _) in enumerate(SCANNED):
        members |= where.mask(values).astype(np.int64) << bit
    return members & there, there


def find_changes(partition: Partition, known: Known, offset: int) -> Events:
    """Return who has entered or left a board since the last clock, and remember who is on which.

    ``offset`` is the clock's: after a restart a row may be ahead of it, and its turn comes at a later clock.
    """
    rows = partition.rows[: int(partition.used[0])]
    has_news = (rows["price_time"] > rows["looked"]) & (rows["offset"] < offset)
    numbers = np.flatnonzero(has_news & (rows["day_start"] == known.day_start))
    if not len(numbers):
        return empty_events(0)
    bars = Bars(partition.rows, partition.nodes, partition.chains, partition.windows)
    lines = unwritten_lines(len(numbers))
    evaluate_rows(bars, numbers, known, lines)
    values = matrix_of(lines)
    times = rows["price_time"][numbers]
    sessions = np.searchsorted(np.array(trading_day_at(known.day_start)[2:]), times, side="right")
    members, there = memberships(values, sessions)
    events = events_of((members ^ rows["boards"][numbers]) & there, members, values)
    places = events["row"].copy()
    events["row"], events["time"], events["session"] = numbers[places], times[places], sessions[places]
    rows["boards"][numbers] = members
    rows["looked"][numbers] = times
    partition.dirty[numbers] = True
    return events


def events_of(
    changed: npt.NDArray[np.int64], members: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> Events:
    """Return an event for each bit that changed: ``row`` is the line, ``first_level`` the board's bit."""
    places, bits = np.nonzero(changed[:, None] >> np.arange(len(SCANNED)) & 1)
    events = empty_events(len(places))
    columns = np.array([scanned.column for scanned in SCANNED], np.int64)
    events["kind"] = np.where(members[places] >> bits & 1, ENTERED, LEFT)
    events["row"] = places
    events["price"] = values[places, PRICE]
    events["value"] = values[places, columns[bits]]
    events["first_level"] = bits
    events["level"] = events["second_level"] = np.nan
    return events

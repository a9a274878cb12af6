"""Who enters and leaves boards with a condition, on the event-time grid: at each clock record.

A ticker is looked at when a bar of it has come since the last clock, so that what it is on does not hang on when
anybody looks, and a busy second costs no more than its bars. When a board's sessions are over, nobody leaves it.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.boards import BOARDS, BoardSpec
from schemas.expressions import Expression
from schemas.metrics import COLUMNS
from streams.market.bar_arrays import Partition
from streams.market.evaluate import Bars, empty_lines, evaluate_rows, matrix_of
from streams.market.events import ENTERED, LEFT, Events, empty_events
from streams.market.known import Known
from streams.market.session import SESSIONS, session_at

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


def memberships(values: npt.NDArray[np.float64], session: str) -> tuple[npt.NDArray[np.int64], int]:
    """Return the bits of the boards that each line of metrics is on, and those of the boards that there are."""
    members, there = np.zeros(len(values), np.int64), 0
    for bit, (board, where, _) in enumerate(SCANNED):
        if session in board.sessions:
            there |= 1 << bit
            members |= where.mask(values).astype(np.int64) << bit
    return members, there


def find_changes(partition: Partition, known: Known) -> Events:
    """Return who has entered or left a board at the partition's clock, and remember who is on which."""
    rows = partition.rows[: int(partition.used[0])]
    numbers = np.flatnonzero((rows["touched"] == 1) & (rows["day_start"] == known.day_start))
    if not len(numbers):
        return empty_events(0)
    progress = partition.progress[0]
    time = int(progress["complete_through"])
    session = session_at(time)
    bars = Bars(partition.rows, partition.nodes, partition.chains, partition.windows)
    lines = empty_lines(len(numbers))
    evaluate_rows(bars, numbers, time, int(progress["interval_ms"]), known, lines)
    values = matrix_of(lines)
    members, there = memberships(values, session.value)
    changed = (members ^ rows["boards"][numbers]) & there
    rows["boards"][numbers] = members
    rows["touched"][numbers] = 0
    partition.dirty[numbers] = True
    events = events_of(changed, members, values)
    events["row"] = numbers[events["row"]]
    events["time"] = time
    events["session"] = SESSIONS.index(session)
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

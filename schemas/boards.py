"""The boards, as data, and how the parts of a board become one."""

import heapq
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

BOARD_SIZE: Final = 500
"""Rows on a board at most, and in each of its parts (a partition could hold them all)."""


HIGHEST, LOWEST = True, False


class BoardSpec(NamedTuple):
    """A board ranks the tickers for which ``metric`` is defined; equal values by ticker in code-point order."""

    name: str
    metric: str
    descending: bool
    title: str


BOARDS: Final = (
    BoardSpec("volume", "accumulated_volume", HIGHEST, "Volume"),
    BoardSpec("gainers", "change_pct", HIGHEST, "Gainers"),
    BoardSpec("losers", "change_pct", LOWEST, "Losers"),
    BoardSpec("gappers", "gap_pct", HIGHEST, "Gappers"),
    BoardSpec("gap_losers", "gap_pct", LOWEST, "Gap losers"),
    BoardSpec("open_gainers", "change_from_open_pct", HIGHEST, "Gainers since the open"),
    BoardSpec("open_losers", "change_from_open_pct", LOWEST, "Losers since the open"),
    BoardSpec("relative_volume", "relative_volume", HIGHEST, "Relative volume"),
    BoardSpec("relative_volume_at_time", "relative_volume_at_time", HIGHEST, "Relative volume at time"),
)

BOARD_NAMES: Final = tuple(board.name for board in BOARDS)
BY_NAME: Final = {board.name: board for board in BOARDS}


class Entry(NamedTuple):
    """One row of a board."""

    ticker: str
    value: float


def rank_key(entry: Entry, *, descending: bool) -> tuple[float, str]:
    """Return the key by which entries sort: best value first, then ticker ascending."""
    return (-entry.value if descending else entry.value, entry.ticker)


def merge(parts: Iterable[Iterable[Entry]], *, descending: bool, size: int = BOARD_SIZE) -> list[Entry]:
    """Merge parts, each already ranked, into one board of at most ``size`` rows."""
    merged = heapq.merge(*parts, key=lambda entry: rank_key(entry, descending=descending))
    return list(islice(merged, size))

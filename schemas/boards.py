"""The boards, as data, and how the parts of a board become one."""

import heapq
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

BOARD_SIZE: Final = 500
"""Rows on a board at most, and in each of its parts (a partition could hold them all)."""


HIGHEST, LOWEST = True, False

PRE_MARKET: Final = "pre_market"
REGULAR: Final = "regular"
POST_MARKET: Final = "post_market"
CLOSED: Final = "closed"
ALL_SESSIONS: Final = (PRE_MARKET, REGULAR, POST_MARKET, CLOSED)
"""The sessions of a trading date, as ``Head.session`` names them."""


class BoardSpec(NamedTuple):
    """A board ranks the tickers for which ``metric`` is defined; equal values by ticker in code-point order."""

    name: str
    metric: str
    """What it orders by, and shows as each row's value."""
    descending: bool
    title: str
    group: str
    """Under which heading a list of boards has it."""
    where: str = ""
    """The condition that its rows meet (``schemas.expressions``); empty: none."""
    size: int = BOARD_SIZE
    sessions: tuple[str, ...] = ALL_SESSIONS
    """When there is such a board; in other sessions it is empty."""
    is_watched: bool = False
    """Whether it is an alert when a ticker enters or leaves it; its condition is on bars and reference alone, and not
    on the last minutes: those are evaluated whenever somebody looks."""


PRICE, VOLUME, TRADES, SCANS = "Price", "Volume", "Trades", "Scans"

BOARDS: Final = (
    BoardSpec("volume", "accumulated_volume", HIGHEST, "Volume", VOLUME),
    BoardSpec("gainers", "change_pct", HIGHEST, "Gainers", PRICE),
    BoardSpec("losers", "change_pct", LOWEST, "Losers", PRICE),
    BoardSpec("gappers", "gap_pct", HIGHEST, "Gappers", PRICE),
    BoardSpec("gap_losers", "gap_pct", LOWEST, "Gap losers", PRICE),
    BoardSpec("open_gainers", "change_from_open_pct", HIGHEST, "Gainers since the open", PRICE),
    BoardSpec("open_losers", "change_from_open_pct", LOWEST, "Losers since the open", PRICE),
    BoardSpec("relative_volume", "relative_volume", HIGHEST, "Relative volume", VOLUME),
    BoardSpec("relative_volume_at_time", "relative_volume_at_time", HIGHEST, "Relative volume at time", VOLUME),
    # TradingView's: the last five minutes against the same five minutes of other days.
    BoardSpec("relative_volume_5m", "relative_volume_5m", HIGHEST, "Relative volume, 5 min", VOLUME),
    # Trade Ideas' running up and down: the move of some 60 s, scaled by the ticker's own volatility.
    BoardSpec("momentum_up", "running_60s", HIGHEST, "Running up", TRADES, "running_60s > 0"),
    BoardSpec("momentum_down", "running_60s", LOWEST, "Running down", TRADES, "running_60s < 0"),
    BoardSpec("most_trades", "trades", HIGHEST, "Most trades", TRADES),
    BoardSpec("largest_prints", "largest_print_value", HIGHEST, "Largest prints", TRADES),
    # Within 1 % of the day's high: Mometic's MOMO has a near-high mode, and names no distance.
    BoardSpec(
        "near_high_of_day",
        "change_pct",
        HIGHEST,
        "Near the high of day",
        SCANS,
        "day_high_distance_pct >= -1 and change_pct > 0",
    ),
    BoardSpec("float_rotation", "float_rotation", HIGHEST, "Float rotation", VOLUME),
    BoardSpec("halted", "halt_time", HIGHEST, "Halted", TRADES, "halted = 1"),
    # A float below 20 million, as the five pillars have it; how far up and on what volume is the project's own.
    BoardSpec(
        "low_float_runners",
        "change_pct",
        HIGHEST,
        "Low-float runners",
        SCANS,
        "float < 20e6 and change_pct >= 10 and relative_volume_at_time >= 2",
        is_watched=True,
    ),
    # Cameron's five pillars as secondary accounts give them; the fifth, news of the day, joins when news flows.
    BoardSpec(
        "five_pillars",
        "change_pct",
        HIGHEST,
        "Five pillars",
        SCANS,
        "price between 1 and 20 and change_pct >= 10 and relative_volume_at_time >= 5 and float < 20e6",
        is_watched=True,
    ),
    # Small is below 2 billion here; the gap, of either direction, is Trade Ideas' (it stays as it was at the open).
    BoardSpec(
        "small_cap_gappers",
        "gap_pct",
        HIGHEST,
        "Small-cap gappers",
        SCANS,
        "market_cap < 2e9 and abs(gap_pct) >= 5 and price >= 1",
        sessions=(PRE_MARKET,),
        is_watched=True,
    ),
    # TradingView's post-market change: against the close of the regular session, not of the day before.
    BoardSpec(
        "after_hours_movers",
        "post_market_change_pct",
        HIGHEST,
        "After-hours movers",
        SCANS,
        sessions=(POST_MARKET, CLOSED),
    ),
)

BOARD_NAMES: Final = tuple(board.name for board in BOARDS)
BY_NAME: Final = {board.name: board for board in BOARDS}


def boards_in(session: str) -> tuple[BoardSpec, ...]:
    """Return the boards that there are in a session, in their order."""
    return tuple(board for board in BOARDS if session in board.sessions)


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

"""The oracle's boards: what each ranks, which rows it takes, and when it is open."""

from collections.abc import Callable
from typing import Any, Final

from tests.support.oracle_bars import CLOSED
from tests.support.oracle_metrics import Row

BOARD_ROWS: Final = 500

BOARDS: Final = {
    "volume": ("accumulated_volume", "highest"),
    "gainers": ("change_pct", "highest"),
    "losers": ("change_pct", "lowest"),
    "gappers": ("gap_pct", "highest"),
    "gap_losers": ("gap_pct", "lowest"),
    "open_gainers": ("change_from_open_pct", "highest"),
    "open_losers": ("change_from_open_pct", "lowest"),
    "relative_volume": ("relative_volume", "highest"),
    "relative_volume_at_time": ("relative_volume_at_time", "highest"),
    "relative_volume_5m": ("relative_volume_5m", "highest"),
    "float_rotation": ("float_rotation", "highest"),
    "near_high_of_day": ("change_pct", "highest"),
    "low_float_runners": ("change_pct", "highest"),
    "five_pillars": ("change_pct", "highest"),
    "small_cap_gappers": ("gap_pct", "highest"),
    "after_hours_movers": ("post_market_change_pct", "highest"),
}

FEED_BOARDS: Final = {
    "momentum_up": ("running_60s", "highest"),
    "momentum_down": ("running_60s", "lowest"),
    "most_trades": ("trades", "highest"),
    "largest_prints": ("largest_print_value", "highest"),
    "halted": ("halt_time", "highest"),
}
"""Boards of trades and halts: of bars alone they are empty."""
ALL_BOARDS: Final = {**BOARDS, **FEED_BOARDS}

WHERE: Final[dict[str, dict[str, Callable[[float], bool]]]] = {
    "near_high_of_day": {
        "day_high_distance_pct": lambda value: value >= -1,
        "change_pct": lambda value: value > 0,
    },
    "low_float_runners": {
        "float": lambda value: value < 20e6,
        "change_pct": lambda value: value >= 10,
        "relative_volume_at_time": lambda value: value >= 2,
    },
    "five_pillars": {
        "price": lambda value: 1 <= value <= 20,
        "change_pct": lambda value: value >= 10,
        "relative_volume_at_time": lambda value: value >= 5,
        "float": lambda value: value < 20e6,
    },
    "small_cap_gappers": {
        "market_cap": lambda value: value < 2e9,
        "gap_pct": lambda value: abs(value) >= 5,
        "price": lambda value: value >= 1,
    },
}
"""What must hold of a row, by board and metric; an undefined metric does not hold."""

FEED_WHERE: Final[dict[str, dict[str, Callable[[float], bool]]]] = {
    "momentum_up": {"running_60s": lambda value: value > 0},
    "momentum_down": {"running_60s": lambda value: value < 0},
    "halted": {"halted": lambda value: value == 1},
}
"""Likewise of boards of trades and halts."""

OPEN_IN: Final = {
    "small_cap_gappers": ("pre_market",),
    "after_hours_movers": ("post_market", CLOSED),
}
"""In which sessions a board is open, if not in all."""


def boards(symbols: dict[str, Row], session: str) -> dict[str, list[dict[str, Any]]]:
    """Return the ranked rows of every board in a session."""
    return {name: board(symbols, name) if session in OPEN_IN.get(name, (session,)) else [] for name in ALL_BOARDS}


def board(symbols: dict[str, Row], name: str) -> list[dict[str, Any]]:
    """Return the ranked rows of a board; equal values go by ticker, in code-point order."""
    metric, first = ALL_BOARDS[name]
    sign = -1 if first == "highest" else 1
    found = [(row.get(metric), ticker) for ticker, row in symbols.items()]
    values = [(value, ticker) for value, ticker in found if value is not None and belongs(symbols[ticker], name)]
    values.sort(key=lambda pair: (sign * pair[0], pair[1]))
    return [
        {"rank": rank, "symbol": ticker, "value": value}
        for rank, (value, ticker) in enumerate(values[:BOARD_ROWS], start=1)
    ]


def belongs(row: Row, name: str) -> bool:
    """Return whether a row meets a board's condition."""
    conditions = WHERE.get(name) or FEED_WHERE.get(name) or {}
    return all((value := row[metric]) is not None and holds(value) for metric, holds in conditions.items())

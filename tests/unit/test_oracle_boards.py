"""The oracle's boards with conditions: which rows they take, on either side of each limit, and when they are open."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import oracle
from tests.support.flat_files import bar, write
from tests.support.oracle_boards import board, boards


def rows(*values: dict[str, float | None]) -> dict[str, oracle.Row]:
    """Return the rows of tickers A, B, ... in which everything not given is undefined."""
    return {chr(65 + place): dict.fromkeys(oracle.METRICS) | given for place, given in enumerate(values)}


def on(name: str, symbols: dict[str, oracle.Row]) -> str:
    """Return the tickers of a board, best first."""
    return "".join(row["symbol"] for row in board(symbols, name))


def test_five_minutes_and_rotation() -> None:
    """Both are ranked from the highest down, without a condition."""
    symbols = rows(
        {"relative_volume_5m": 1, "float_rotation": 5},
        {"relative_volume_5m": 3, "float_rotation": None},
        {"relative_volume_5m": 2, "float_rotation": 0},
    )

    assert (on("relative_volume_5m", symbols), on("float_rotation", symbols)) == ("BCA", "AC")


@pytest.mark.parametrize(
    ("distance", "change", "there"),
    [(0, 0.1, True), (-1, 5, True), (-1.01, 5, False), (0, 0, False), (0, None, False), (None, 5, False)],
)
def test_near_high_of_day(distance: float | None, change: float | None, there: bool) -> None:  # noqa: FBT001 - a table
    """At most one percent below the day's high, and up on the day."""
    symbols = rows({"day_high_distance_pct": distance, "change_pct": change})

    assert (on("near_high_of_day", symbols) == "A") is there


@pytest.mark.parametrize(
    ("changed", "there"),
    [
        ({}, True),
        ({"float": 20e6}, False),
        ({"float": 19_999_999}, True),
        ({"float": None}, False),
        ({"change_pct": 10}, True),
        ({"change_pct": 9.99}, False),
        ({"relative_volume_at_time": 2}, True),
        ({"relative_volume_at_time": 1.99}, False),
        ({"relative_volume_at_time": None}, False),
        ({"price": 500}, True),
    ],
)
def test_low_float_runners(changed: dict[str, float | None], there: bool) -> None:  # noqa: FBT001 - a table
    """A float below twenty million, up ten percent, twice the volume of the hour; of any price."""
    good = {"float": 5e6, "change_pct": 30, "relative_volume_at_time": 9, "price": 4}

    assert (on("low_float_runners", rows({**good, **changed})) == "A") is there


@pytest.mark.parametrize(
    ("changed", "there"),
    [
        ({}, True),
        ({"price": 1}, True),
        ({"price": 20}, True),
        ({"price": 0.99}, False),
        ({"price": 20.01}, False),
        ({"float": 20e6}, False),
        ({"float": None}, False),
        ({"change_pct": 10}, True),
        ({"change_pct": 9.99}, False),
        ({"relative_volume_at_time": 5}, True),
        ({"relative_volume_at_time": 4.99}, False),
    ],
)
def test_five_pillars(changed: dict[str, float | None], there: bool) -> None:  # noqa: FBT001 - a table
    """A price from 1 to 20, up ten percent, five times the volume of the hour, a float below twenty million."""
    good = {"float": 5e6, "change_pct": 30, "relative_volume_at_time": 9, "price": 4}

    assert (on("five_pillars", rows({**good, **changed})) == "A") is there


@pytest.mark.parametrize(
    ("changed", "there"),
    [
        ({}, True),
        ({"market_cap": 2e9}, False),
        ({"market_cap": None}, False),
        ({"gap_pct": 5}, True),
        ({"gap_pct": 4.99}, False),
        ({"gap_pct": -5}, True),
        ({"gap_pct": -4.99}, False),
        ({"price": 1}, True),
        ({"price": 0.99}, False),
    ],
)
def test_small_cap_gappers(changed: dict[str, float | None], there: bool) -> None:  # noqa: FBT001 - a table
    """Worth less than two thousand million, a gap of five percent either way, a price of a dollar or more."""
    good = {"market_cap": 1e8, "gap_pct": 30, "price": 4}

    assert (on("small_cap_gappers", rows({**good, **changed})) == "A") is there


@pytest.mark.parametrize(
    ("session", "gappers", "movers"),
    [("pre_market", 1, 0), ("regular", 0, 0), ("post_market", 0, 1), ("closed", 0, 1)],
)
def test_sessions(session: str, gappers: int, movers: int) -> None:
    """Outside of its sessions a board is there, and empty; the others are open all day."""
    symbols = rows({"market_cap": 1e8, "gap_pct": 30, "price": 4, "post_market_change_pct": 2})

    made = boards(symbols, session)

    assert (len(made["small_cap_gappers"]), len(made["after_hours_movers"])) == (gappers, movers)
    assert len(made["gappers"]) == 1


@pytest.mark.parametrize(
    ("until", "gappers", "movers"),
    [("09:29:59", 1, 0), ("09:30", 0, 0), ("15:59:59", 0, 0), ("16:01", 0, 1), ("20:00", 0, 1), ("23:00", 0, 1)],
)
def test_the_instant_decides_the_session(tmp_path: Path, until: str, gappers: int, movers: int) -> None:
    """It is the session of the instant asked for, not that of the newest bar; boards of trades and halts are empty."""
    starts = ("2025-01-06 14:00", "2025-01-06 15:00", "2025-01-06 21:00")
    file = write(tmp_path / "bars.csv", [bar("AAA", start, [5], 1) for start in starts])
    reference = write(tmp_path / "r.csv", ["AAA,4,1e6"], "ticker,prev_close,market_cap")

    made: dict[str, list[Any]] = oracle.expected(file, until, reference, bar_seconds=60)["boards"]

    assert (len(made["small_cap_gappers"]), len(made["after_hours_movers"])) == (gappers, movers)
    assert not any(made[name] for name in oracle.FEED_BOARDS)

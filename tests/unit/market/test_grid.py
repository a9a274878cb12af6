"""Who enters and leaves boards with a condition: looked at on clocks, as of each ticker's newest bar."""

from typing import Final

import numpy as np
import pytest

from schemas.metrics import COLUMNS
from streams.market.evaluate import LINE
from streams.market.grid import SCANNED, find_changes, memberships
from streams.market.known import nothing_known
from streams.market.totals import POST_MARKET, PRE_MARKET, REGULAR
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, SECOND, Columns, bar, clock, known_of_all

NOON: Final = DAY.open + 150 * MINUTE
BOARD: Final = "low_float_runners"
BIT: Final = next(bit for bit, scanned in enumerate(SCANNED) if scanned.board.name == BOARD)
FACTS: Final = {"prev_close": 10.0, "avg_volume": 10.0, "float_shares": 1e6}
"""Whoever is up by a tenth is on the board."""


def new() -> Columns:
    """Return columns whose tickers have a low float and trade more than usual."""
    return Columns(known_of=known_of_all([(0, 1.0)], **FACTS))


def changes(columns: Columns) -> list[tuple[str, str, int]]:
    """Return who entered and left the board, and when."""
    found = [event for event in columns.told("entered", "left") if event.first_level == BIT]
    return [(event.kind, event.ticker, event.time) for event in found]


def test_conditions_are_not_on_the_last_minutes() -> None:
    """Those are evaluated whenever somebody looks; and bits of a row are enough for the boards."""
    recent = [f"{what}_{minutes}" for what in ("volume", "change") for minutes in ("1m", "5m", "15m")]

    assert not any(name in scanned.board.where for scanned in SCANNED for name in (*recent, "relative_volume_5m"))
    assert 0 < len(SCANNED) < 63


def test_entering_and_leaving() -> None:
    """Told at the clock, of the time of the newest bar, with its price and the board's own measure."""
    columns = new()
    columns.fold(bar("A", NOON, 12.0, 1000.0))
    assert changes(columns) == []

    columns.fold(clock(NOON + MINUTE), bar("A", NOON + MINUTE, 9.0), clock(NOON + 2 * MINUTE))
    assert changes(columns) == [("entered", "A", NOON + SECOND), ("left", "A", NOON + MINUTE + SECOND)]
    (entered,) = [event for event in columns.told("entered") if event.first_level == BIT]
    assert (entered.price, entered.session) == (12.0, REGULAR)
    assert entered.value == pytest.approx(20.0)


def test_between_two_clocks_only_the_last_bar_counts() -> None:
    """Who came and went in between was never seen on it."""
    columns = new()
    columns.fold(bar("A", NOON, 12.0, 1000.0), bar("A", NOON + SECOND, 9.0), clock(NOON + MINUTE))

    assert changes(columns) == []


def test_without_news_nobody_moves() -> None:
    """A ticker is looked at when it has a newer bar, not when the clock goes on, nor when a bar is corrected."""
    columns = new()
    columns.fold(bar("A", NOON, 12.0, 1000.0), clock(NOON + SECOND))
    columns.fold(clock(NOON + MINUTE), bar("A", NOON, 9.0, 1000.0), clock(NOON + 2 * MINUTE))
    columns.fold(
        bar("A", NOON, 12.0, 1000.0), clock(NOON + 3 * MINUTE), bar("A", NOON - MINUTE), clock(NOON + 4 * MINUTE)
    )

    assert changes(columns) == [("entered", "A", NOON + SECOND)]


def test_what_was_corrected_is_seen_with_the_next_bar() -> None:
    """As it is by then."""
    columns = new()
    columns.fold(bar("A", NOON, 12.0, 1000.0), clock(NOON + SECOND), bar("A", NOON, 9.0, 1000.0), clock(NOON + MINUTE))
    columns.fold(bar("A", NOON + MINUTE, 9.0), clock(NOON + 2 * MINUTE))

    assert [kind for kind, *_ in changes(columns)] == ["entered", "left"]


def test_after_its_sessions_nobody_leaves_a_board() -> None:
    """What is on a board at its end is not told to leave it, and enters anew the next day."""
    name = "small_cap_gappers"
    bit = next(bit for bit, scanned in enumerate(SCANNED) if scanned.board.name == name)
    assert SCANNED[bit].board.sessions == ("pre_market",)
    columns = Columns(known_of=known_of_all(None, **FACTS, market_cap=1e9))
    tomorrow = NEXT_DAY.open - MINUTE
    columns.fold(bar("A", DAY.open - MINUTE, 12.0), clock(DAY.open), bar("A", DAY.open, 10.0), clock(DAY.close))
    columns.fold(bar("A", tomorrow, 12.0), clock(NEXT_DAY.open))

    found = [event for event in columns.told("entered", "left") if event.first_level == bit]
    assert [(event.kind, event.time) for event in found] == [
        ("entered", DAY.open - MINUTE + SECOND),
        ("entered", tomorrow + SECOND),
    ]


def test_memberships_are_of_boards_that_there_are() -> None:
    """A board that there is not in a session has no members, whatever the numbers."""
    values = np.full((3, len(COLUMNS)), 15.0)
    members, there = memberships(values, np.array([PRE_MARKET, REGULAR, POST_MARKET]))

    assert not (members & ~there).any()
    for bit, scanned in enumerate(SCANNED):
        sessions = [bool(bits >> bit & 1) for bits in there.tolist()]
        assert sessions == [name in scanned.board.sessions for name in ("pre_market", "regular", "post_market")]
    assert values.dtype == LINE["price"]


def test_a_row_that_is_ahead_waits_for_its_turn() -> None:
    """After a restart a row may hold bars from behind the clock that is read: it is looked at at a later one."""
    columns = new()
    columns.fold(clock(NOON), bar("A", NOON, 12.0, 1000.0))
    known = columns.known_of(columns.partition, DAY.start)[1]

    assert len(find_changes(columns.partition, known, 1)) == 0
    assert len(find_changes(columns.partition, nothing_known(8, NEXT_DAY.start), 2)) == 0
    assert len(find_changes(columns.partition, known, 2)) > 0
    assert len(find_changes(columns.partition, known, 2)) == 0

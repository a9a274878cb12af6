"""What a partition shows: its tickers' metrics at one instant, and its part of every board there is in a session."""

import math
from typing import Final

import numpy as np
import pytest

from schemas.boards import boards_in
from schemas.columnar import ColumnarDecoder
from schemas.metrics import COLUMNS
from schemas.records import Aggregate, Clock, Reference
from streams.background import Background
from streams.market.trade_conditions import default_rules
from streams.partition_state import PartitionState, bar_state
from streams.topics import TRADES
from streams.trade_folding import TradeFolding
from streams.view import States, View, board_parts, view_of
from tests.unit.market.builders import CODEC, DAY, DECODER, MINUTE, NEXT_DAY, SECOND, bar, clock, encoded
from tests.unit.market.trade_builders import trade

NOON: Final = DAY.open + 150 * MINUTE


def background() -> Background:
    """Return what is known: a close of 10 of A and B."""
    known = Background()
    for ticker in ("A", "B"):
        known.put(Reference(ticker=ticker, trading_date="2025-01-06", prev_close=10.0))
    return known


def states() -> States:
    """Return the states of a partition: bars of three tickers, of which two are known, and trades of one."""
    bars = bar_state(SECOND, "00", background())
    records: list[Aggregate | Clock] = [
        bar("A", NOON, 11.0),
        bar("B", NOON, 9.0),
        bar("NEW", NOON, 5.0),
        clock(NOON + SECOND),
    ]
    bars.fold(DECODER, encoded(records), np.arange(len(records)))
    trades = PartitionState(TradeFolding(background(), default_rules()), 1)
    decoder = ColumnarDecoder(TRADES.records, CODEC.prefixes())
    values = [CODEC.encode(trade(ticker, NOON, 11.5)) for ticker in ("X", "B")]
    trades.fold(decoder, values, np.arange(len(values)))
    return States(bars, trades)


def cells(view: View, ticker: str) -> dict[str, float]:
    """Return the metrics of a ticker."""
    row = view.tickers.tolist().index(ticker.encode())
    return dict(zip(COLUMNS, view.values[row].tolist(), strict=True))


def test_every_ticker_with_a_bar_today() -> None:
    """At the event time of the bars, with what is known and what other tables have of it."""
    view = view_of(states())

    assert (view.trading_date, view.event_time) == ("2025-01-06", NOON + SECOND)
    assert sorted(view.tickers.tolist()) == [b"A", b"B", b"NEW"]
    assert cells(view, "A")["change_pct"] == pytest.approx(10.0)
    assert math.isnan(cells(view, "NEW")["change_pct"])
    assert cells(view, "B")["last_trade_price"] == 11.5
    assert math.isnan(cells(view, "A")["last_trade_price"])


def test_changes_are_counted_over_all_tables() -> None:
    """Whoever shows them knows by it that there is something new."""
    found = states()

    assert found.changes == found.bars.changes + 1 == 2
    assert States(found.bars).changes == 1


def test_a_new_day_begins_with_nobody() -> None:
    """Yesterday's rows are not shown once the clock is past 04:00."""
    found = states()
    found.bars.fold(DECODER, encoded([clock(NEXT_DAY.start)]), np.arange(4, 5))

    view = view_of(found)

    assert view.trading_date == "2025-01-07"
    assert view.values.shape == (0, len(COLUMNS))


def test_boards_are_ranked_and_leave_out_what_is_undefined() -> None:
    """Every board of the session, best first."""
    parts = board_parts(view_of(states()), "regular", 7)

    assert set(parts) == {board.name for board in boards_in("regular")}
    assert [entry.ticker for entry in parts["gainers"].entries()] == ["A", "B"]
    assert [entry.ticker for entry in parts["losers"].entries()] == ["B", "A"]
    assert {part.version for part in parts.values()} == {7}


def test_a_condition_keeps_others_off_a_board() -> None:
    """Who does not meet it is not on the board, however good its value."""
    values = np.full((3, len(COLUMNS)), np.nan)
    for name, column in (
        ("price", (5.0, 50.0, 5.0)),
        ("change_pct", (30.0, 99.0, 20.0)),
        ("relative_volume_at_time", [9.0] * 3),
    ):
        values[:, COLUMNS.index(name)] = column
    values[:, COLUMNS.index("float")] = 1e6
    view = View("2025-01-06", NOON, np.array([b"A", b"B", b"C"], "S12"), values)

    entries = board_parts(view, "regular", 1)["five_pillars"].entries()

    assert [(entry.ticker, entry.value) for entry in entries] == [("A", 30.0), ("C", 20.0)]

"""The fold of trades: what each record does to its row."""

import math

import numpy as np
import pytest

from schemas.records import Trade
from streams.market.events import new_log
from streams.market.print_ring import LARGEST
from tests.unit.market.builders import DAY, HALF_DAY, HOUR, MINUTE, NEXT_DAY, SECOND, clock
from tests.unit.market.trade_builders import TradeColumns, trade

NOON = DAY.open + 150 * MINUTE


def test_totals() -> None:
    """Count, volume and value are of the trades that carry volume; the rest of the row of those that may set it."""
    columns = TradeColumns()
    outcomes = columns.fold(
        trade("A", NOON, 10.0, 100.0),
        trade("A", NOON + 1, 11.0, 50.0, 37),
        trade("A", NOON + 2, 12.0, 900.0, 15),
        trade("A", NOON + 3, 9.0, 0.5, 14, 41),
    )

    row = columns.row("A")
    assert outcomes == ["folded"] * 4
    assert (row["trades"], row["volume"], row["value"]) == (3, 150.5, 1554.5)
    assert (row["price"], row["price_time"], row["sign"]) == (9.0, NOON + 3, -1)
    assert (row["largest_size"], row["offset"], row["source"]) == (100.0, 3, 1)


def test_a_late_trade_never_regresses_the_price() -> None:
    """The price is that of the newest time, of equal times the one that came last; late volume counts, without side."""
    columns = TradeColumns()
    columns.fold(trade("A", NOON, 10.0), trade("A", NOON, 11.0), trade("A", NOON - 1, 99.0, 300.0))

    row, metrics = columns.row("A"), columns.metrics("A", NOON)
    assert (row["price"], row["trades"], row["largest_size"]) == (11.0, 3, 300.0)
    assert (metrics["mean_trade_size"], metrics["buy_pressure_pct"]) == (500.0 / 3, 100.0)
    assert columns.last("A")["sign"].tolist() == [0, 1, 0]


def test_an_impossible_trade_is_refused() -> None:
    """The feed lets none through; a price or size that is not positive or no number changes nothing."""
    columns = TradeColumns()
    columns.fold(trade("A", NOON))
    before = columns.row("A")
    bad = [(0.0, 1.0), (-1.0, 1.0), (math.inf, 1.0), (1.0, 0.0), (1.0, -1.0), (1.0, math.inf)]

    assert columns.fold(*(trade("A", NOON + 1, *values) for values in bad)) == ["undecodable"] * 6
    assert columns.fold(b"rubbish", trade("", NOON), trade("A B", NOON)) == ["undecodable", "bad_ticker", "bad_ticker"]
    assert columns.row("A").tobytes() == before.tobytes()


@pytest.mark.parametrize("time", [DAY.start - 1, DAY.end, HALF_DAY.start + 13 * HOUR, 0, 2**62])
def test_a_trade_outside_the_sessions_is_ignored(time: int) -> None:
    """Before 04:00, from 20:00 (17:00 on half days), and beyond the calendar."""
    columns = TradeColumns()

    assert columns.fold(trade("A", time)) == ["outside_session"]
    assert columns.row("A")["trades"] == 0


@pytest.mark.parametrize("time", [DAY.start, DAY.end - 1, HALF_DAY.start + 13 * HOUR - 1])
def test_the_edges_of_a_day_count(time: int) -> None:
    """A trade at 04:00, or in the last millisecond."""
    assert TradeColumns().fold(trade("A", time)) == ["folded"]


@pytest.mark.parametrize(
    ("time", "price"), [(DAY.open - 1, 11.0), (DAY.open, 10.0), (DAY.close - 1, 10.0), (DAY.close, 11.0)]
)
def test_form_t_by_session(time: int, price: float) -> None:
    """At 09:29:59.999 and from 16:00:00.000 on Form T sets the price, between them only volume."""
    columns = TradeColumns()
    columns.fold(trade("A", DAY.start, 10.0), trade("A", time, 11.0, 100.0, 12), trade("A", time, 12.0, 5.0, 12, 37))

    assert (columns.row("A")["price"], columns.row("A")["trades"]) == (price, 3)


def test_a_new_trading_date_resets_the_row() -> None:
    """Nothing of yesterday stays, last trades and seconds included, and yesterday's trades are too late."""
    columns = TradeColumns()
    columns.fold(trade("A", DAY.end - 1, 10.0), trade("A", DAY.end - 1, 10.5), trade("B", DAY.open))
    yesterday = columns.row("B")
    assert columns.fold(trade("A", NEXT_DAY.start, 20.0, 7.0), trade("A", DAY.end - 1)) == ["folded", "too_late"]

    row = columns.row("A")
    assert (row["day_start"], row["trades"], row["price"], row["sign"]) == (NEXT_DAY.start, 1, 20.0, 0)
    assert columns.last("A")["shares"].tolist() == [7.0]
    assert math.isnan(columns.metrics("A", NEXT_DAY.start)["momentum_60s"])
    assert columns.row("B").tobytes() == yesterday.tobytes()
    assert np.isnan(list(columns.metrics("B", NEXT_DAY.start).values())).all()


@pytest.mark.parametrize(("behind", "counted"), [(63, 2), (64, 1)])
def test_a_trade_far_behind_counts_in_the_totals_alone(behind: int, counted: int) -> None:
    """64 seconds behind its ticker's newest second."""
    columns = TradeColumns()
    columns.fold(trade("A", NOON), trade("A", NOON - behind * SECOND))

    assert columns.metrics("A", NOON)["trades"] == 2.0
    assert int(columns.partition.buckets[columns.number("A")]["count"].sum()) == counted


@pytest.mark.parametrize(("behind", "in_ring"), [(63, True), (64, False)])
def test_a_trade_far_behind_the_clock(behind: int, *, in_ring: bool) -> None:
    """It is the newest tick all the same, and the price that stood then."""
    columns = TradeColumns()
    columns.fold(clock(NOON), trade("A", NOON - behind * SECOND, 10.0))

    row = columns.row("A")
    assert (row["price"], row["older_time"] == 0) == (10.0, in_ring)
    assert columns.metrics("A", NOON)["momentum_60s"] == 0.0


def test_a_record_is_folded_once() -> None:
    """What is at or below the row's offset, or before the offset to resume at, changes the seconds alone."""
    columns = TradeColumns()
    records = (trade("A", NOON, 10.0), trade("A", NOON + 1, 11.0), trade("A", NOON + 2, 11.0, 7.0, 700))
    columns.fold(*records)
    before = columns.row("A")
    columns.offset = 0

    assert columns.fold(*records) == ["skipped"] * 3
    assert columns.row("A").tobytes() == before.tobytes()
    assert len(columns.last("A")) == 3
    assert columns.partition.unknown.tolist() == [1, 1]


def test_what_was_refused_before_the_restart_is_not_told_again() -> None:
    """Records before the offset to resume at were reported by an earlier life."""
    columns = TradeColumns()
    columns.fold(trade("A", NEXT_DAY.open))
    columns.partition.progress["resume_offset"] = 100

    assert columns.fold(b"rubbish", trade("", NOON), trade("A", NOON)) == ["skipped"] * 3


def test_the_clock() -> None:
    """It moves event time, day and window, and never back."""
    columns = TradeColumns()
    assert columns.fold(clock(NOON + 999), clock(NOON)) == ["clocked", "clocked"]

    progress = columns.progress
    assert (progress["event_time"], progress["complete_through"]) == (NOON + 999, NOON + 999)
    assert progress["window"] == NOON - 192 * SECOND
    columns.fold(trade("A", NOON + MINUTE), clock(NOON + SECOND))
    assert (columns.progress["event_time"], columns.progress["complete_through"]) == (NOON + MINUTE, NOON + SECOND)


def test_last_trades_say_what_came() -> None:
    """Price, size, time since 04:00, venue, side, and what the trade may change, in the order of arrival."""
    columns = TradeColumns()
    columns.fold(
        trade("A", NOON + 1, 10.0, 100.0, exchange=4),
        trade("A", NOON, 11.0, 1.5, 37),
        trade("A", NOON + 2, 12.0, 5.0, 15),
        trade("A", NOON + 2, 12.0, 5.0, 10, exchange=0),
    )

    since = NOON - DAY.start
    assert columns.last("A").tolist() == [
        (10.0, 100.0, since + 1, 4, 0, 7),
        (11.0, 1.5, since, -1, 0, 4),
        (12.0, 5.0, since + 2, 0, 0, 5),
    ]


def test_room_is_made() -> None:
    """More tickers, trades and events than there is room for, in one batch."""
    columns = TradeColumns(rows=1, items=16, atr={"A": 0.001})
    columns.partition = columns.partition._replace(log=new_log(17))
    log: list[Trade] = [trade("A", NOON + 61 * index * SECOND // 4, 10.0 + index) for index in range(LARGEST + 10)]
    log += [trade(f"T{number}", NOON) for number in range(50)]

    assert set(columns.fold(*log)) == {"folded"}
    assert len(columns.last("A")) == 1000
    assert columns.row("T49")["trades"] == 1
    assert len(columns.events) > 50
    assert sum(map(len, columns.events)) == int(columns.row("A")["running_count"].sum()) > 100

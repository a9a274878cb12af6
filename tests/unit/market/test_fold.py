"""What becomes of each record, and what a row holds afterwards: one test for each promise of the fold."""

import numpy as np
import pytest

from schemas.records import Aggregate, Trade
from streams.market.bar_arrays import day_index
from streams.market.corrections import NONE, WINDOW_MS
from streams.market.session import edges, trading_days
from streams.market.totals import NEVER, PRE_MARKET, REGULAR
from tests.unit.market.builders import (
    CODEC,
    DAY,
    HALF_DAY,
    HOUR,
    MINUTE,
    NEXT_DAY,
    SECOND,
    Columns,
    bar,
    clock,
    row_of,
    rows_of,
    tickers,
    uncompiled,
)

NOON = DAY.open + 150 * MINUTE


def test_the_first_bar() -> None:
    """A ticker's first bar is its whole day: sums, price, open, extremes, and where it stands in the log."""
    columns = Columns()

    assert columns.fold(bar("A", DAY.open, 11.0, 50.0, open=10.0, high=12.0, low=9.0)) == ["folded"]

    row = columns.row("A")
    assert (row["day_start"], row["bars"], row["volume"], row["value"]) == (DAY.start, 1, 50.0, 550.0)
    assert (row["price"], row["price_time"]) == (11.0, DAY.open + SECOND)
    assert (row["open"], row["open_time"]) == (10.0, DAY.open)
    assert (row["high"].tolist(), row["low"].tolist()) == ([-np.inf, 12.0, -np.inf], [np.inf, 9.0, np.inf])
    assert (row["source"], row["offset"]) == (1, 0)
    assert np.isnan([row["premarket_open"], row["premarket_close"], row["vendor_open"]]).all()
    assert columns.progress["event_time"] == DAY.open + SECOND
    assert columns.partition.dirty[0]


def test_a_bar_of_volume_zero_counts_as_a_bar() -> None:
    """Nothing traded, and yet there is a price and a session."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0, 0.0))

    row = columns.row("A")
    assert (row["bars"], row["volume"], row["price"]) == (1, 0.0, 10.0)


def test_new_bars_may_arrive_out_of_order() -> None:
    """The price is that of the highest end, opens are those of the lowest start, whatever came first."""
    columns = Columns()
    pre, opened = DAY.open - 10 * SECOND, DAY.open + 5 * SECOND
    columns.fold(
        bar("A", opened + SECOND, 13.0, open=12.5),
        bar("A", opened, 12.0, open=11.5),
        bar("A", pre + SECOND, 9.0, open=8.5),
        bar("A", pre, 8.0, open=7.5),
        bar("A", pre + 2 * SECOND, 9.5, open=9.25),
    )

    row = columns.row("A")
    assert (row["bars"], row["volume"]) == (5, 500.0)
    assert (row["price"], row["open"]) == (13.0, 11.5)
    assert (row["premarket_open"], row["premarket_close"]) == (7.5, 9.5)
    assert row["high"].tolist() == [9.5, 13.0, -np.inf]
    assert row["low"].tolist() == [8.0, 12.0, np.inf]
    assert columns.chain("A") == sorted([opened + SECOND, opened, pre + SECOND, pre, pre + 2 * SECOND])


def test_post_market_bars_move_the_price_and_no_open() -> None:
    """The regular open stays after hours."""
    columns = Columns()
    columns.fold(bar("A", DAY.close - SECOND, 10.0), bar("A", DAY.close, 20.0))

    row = columns.row("A")
    assert (row["price"], row["open"]) == (20.0, 10.0)
    assert row["high"].tolist() == [-np.inf, 10.0, 20.0]


def test_a_correction_replaces_the_newest_bar() -> None:
    """Price, sums and extremes are those of the new version; what it replaced leaves no trace."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0, 100.0), bar("A", NOON + SECOND, 50.0, 999.0, high=60.0, low=40.0))

    assert columns.fold(bar("A", NOON + SECOND, 11.0, 7.0, high=12.0, low=9.0)) == ["corrected"]

    row = columns.row("A")
    assert (row["bars"], row["volume"], row["value"], row["price"]) == (2, 107.0, 1077.0, 11.0)
    assert (row["high"][REGULAR], row["low"][REGULAR]) == (12.0, 9.0)


def test_a_correction_of_an_older_bar_leaves_the_price() -> None:
    """Only the newest bar says the price."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0), bar("A", NOON + SECOND, 11.0), bar("A", NOON, 99.0, 1.0))

    row = columns.row("A")
    assert (row["price"], row["volume"], row["high"][REGULAR]) == (11.0, 101.0, 99.0)


def test_a_correction_of_the_first_bar_moves_the_opens() -> None:
    """The regular open and both pre-market prices follow their bars."""
    columns = Columns()
    pre = DAY.open - MINUTE
    columns.fold(bar("A", pre, 8.0), bar("A", DAY.open, 10.0), bar("A", DAY.open + SECOND, 11.0))

    assert columns.fold(bar("A", DAY.open, 10.0, open=9.0), bar("A", pre, 7.5, open=7.0)) == ["corrected", "corrected"]
    row = columns.row("A")
    assert (row["open"], row["premarket_open"], row["premarket_close"]) == (9.0, 7.0, 7.5)


@pytest.mark.parametrize(("high", "low"), [(30.0, 5.0), (10.5, 9.5)])
def test_a_correction_of_an_extreme_goes_both_ways(high: float, low: float) -> None:
    """Where the bar that made an extreme is corrected up or down, the extreme is that of the bars as they are."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0, high=20.0, low=1.0), bar("A", NOON + SECOND, 10.0, high=11.0, low=9.0))

    columns.fold(bar("A", NOON, 10.0, high=high, low=low))

    row = columns.row("A")
    assert (row["high"][REGULAR], row["low"][REGULAR]) == (max(high, 11.0), min(low, 9.0))


def test_an_identical_rebroadcast_changes_nothing() -> None:
    """But for the offset the row is what it was, to the bit."""
    columns = Columns()
    columns.fold(*(bar("A", NOON + second * SECOND, 10.1 + second, 0.1 * second) for second in range(20)))
    before = columns.row("A")

    assert columns.fold(bar("A", NOON + 7 * SECOND, 17.1, 0.1 * 7)) == ["corrected"]

    after = columns.row("A")
    after["offset"] = before["offset"]
    assert after.tobytes() == before.tobytes()


def test_a_correction_after_settling_counts_what_has_settled() -> None:
    """Sums and extremes made anew are of the settled bars and the chain."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0, 1.0, high=20.0, low=5.0), bar("A", NOON + 10 * MINUTE, 11.0, 2.0))
    columns.fold(clock(NOON + WINDOW_MS + MINUTE))
    columns.fold(bar("A", NOON + 10 * MINUTE, 12.0, 3.0))

    row = columns.row("A")
    assert columns.chain("A") == [NOON + 10 * MINUTE]
    assert (row["settled"]["volume"], row["settled"]["value"], row["settled_until"]) == (1.0, 10.0, NOON + MINUTE)
    assert (row["volume"], row["value"]) == (4.0, 46.0)
    assert (row["high"][REGULAR], row["low"][REGULAR]) == (20.0, 5.0)


def test_a_bar_older_than_the_window_is_too_late() -> None:
    """A bar that ended at the window's start is refused, new or corrected; one that ended after it is folded."""
    columns = Columns()
    window = NOON - WINDOW_MS
    columns.fold(bar("A", window - SECOND), clock(NOON))
    before = columns.row("A")

    assert columns.fold(bar("A", window - SECOND, 99.0), bar("A", window - MINUTE, 99.0)) == ["too_late", "too_late"]
    assert columns.row("A").tobytes() == before.tobytes()
    assert columns.fold(bar("A", window, 99.0)) == ["folded"]


def test_another_length_of_bar_is_not_folded() -> None:
    """A run folds one interval; another leaves no bar behind."""
    columns = Columns()

    assert columns.fold(bar("A", NOON, interval_ms=MINUTE)) == ["other_interval"]
    assert columns.row("A")["bars"] == 0
    assert columns.progress["event_time"] == 0


@pytest.mark.parametrize(
    "start",
    [
        DAY.start - 1,
        DAY.end,
        DAY.start - 24 * HOUR,  # a Sunday
        HALF_DAY.start + 13 * HOUR,
        trading_days()[0].start - 1,
        0,
        2**62,
    ],
)
def test_a_bar_outside_the_sessions_is_ignored(start: int) -> None:
    """Before 04:00, from 20:00 (17:00 on half days), on weekends, and beyond the calendar."""
    columns = Columns()

    assert columns.fold(bar("A", start)) == ["outside_session"]
    assert columns.row("A")["bars"] == 0


@pytest.mark.parametrize("start", [DAY.start, DAY.end - SECOND, HALF_DAY.start + 13 * HOUR - SECOND])
def test_the_edges_of_a_day_count(start: int) -> None:
    """A bar that starts at 04:00, or a second before the end, is one of the day."""
    assert Columns().fold(bar("A", start)) == ["folded"]


def test_a_new_trading_date_resets_the_row() -> None:
    """Nothing of yesterday stays but the ticker, and yesterday's bars are too late from then on."""
    columns = Columns()
    columns.fold(bar("A", DAY.open, 10.0, vendor_open=10.0), bar("A", DAY.end - SECOND, 11.0), bar("B", DAY.open, 5.0))
    yesterday = columns.row("B")
    free = columns.free_nodes()

    assert columns.fold(bar("A", NEXT_DAY.start, 20.0, 3.0)) == ["folded"]

    row = columns.row("A")
    assert (row["day_start"], row["bars"], row["volume"], row["price"]) == (NEXT_DAY.start, 1, 3.0, 20.0)
    assert (row["premarket_open"], row["open_time"]) == (20.0, NEVER)
    assert np.isnan([row["open"], row["vendor_open"]]).all()
    assert (row["high"][REGULAR], row["high"][PRE_MARKET]) == (-np.inf, 20.0)
    assert columns.free_nodes() == free + 1
    assert columns.row("B").tobytes() == yesterday.tobytes()
    assert columns.fold(bar("A", DAY.end - SECOND, 12.0)) == ["too_late"]


def test_vendor_figures_are_each_of_the_newest_bar_that_has_them() -> None:
    """A newer bar without a figure, and an older one with it, leave what is known."""
    columns = Columns()
    columns.fold(
        bar("A", NOON, vendor_day_volume=1.0, vendor_open=2.0, vendor_vwap=3.0),
        bar("A", NOON + 2 * SECOND, vendor_day_volume=10.0),
        bar("A", NOON + SECOND, vendor_day_volume=5.0, vendor_open=6.0),
        bar("A", NOON + 3 * SECOND),
    )

    row = columns.row("A")
    assert (row["vendor_day_volume"], row["vendor_open"], row["vendor_vwap"]) == (10.0, 6.0, 3.0)


def test_a_rebroadcast_without_a_figure_leaves_it() -> None:
    """What the first broadcast said of the newest bar stays, unless the second says otherwise."""
    columns = Columns()
    columns.fold(bar("A", NOON, vendor_vwap=3.0, vendor_open=1.0), bar("A", NOON, vendor_open=2.0))

    row = columns.row("A")
    assert (row["vendor_vwap"], row["vendor_open"]) == (3.0, 2.0)


def test_the_clock_moves_the_window_and_never_goes_back() -> None:
    """The window follows by the minute; an older clock record changes nothing."""
    columns = Columns()

    assert columns.fold(clock(NOON + 59_999)) == ["clocked"]
    assert columns.progress["window"] == NOON - WINDOW_MS
    columns.fold(clock(NOON + MINUTE), clock(NOON - HOUR))
    assert columns.progress["window"] == NOON + MINUTE - WINDOW_MS
    assert columns.progress["complete_through"] == NOON + MINUTE
    assert columns.progress["event_time"] == NOON + MINUTE


def test_a_clock_behind_the_newest_bar_leaves_the_event_time() -> None:
    """Event time is the newest of bars and clocks."""
    columns = Columns()
    columns.fold(bar("A", NOON), clock(NOON))

    assert columns.progress["event_time"] == NOON + SECOND
    assert columns.progress["complete_through"] == NOON


def test_settling_marks_only_rows_that_change() -> None:
    """What falls out of the window is to be written; a ticker whose bars are all newer is not."""
    columns = Columns()
    columns.fold(bar("A", NOON), bar("B", NOON + 10 * MINUTE), bar("C", NOON, interval_ms=MINUTE))
    columns.fold(clock(NOON + 10 * MINUTE))
    columns.partition.dirty[:] = False

    columns.fold(clock(NOON + WINDOW_MS + MINUTE))

    assert columns.partition.dirty[:3].tolist() == [True, False, False]
    assert columns.chain("A") == []
    assert columns.partition.chains[0].tolist() == [NONE, NONE]


def test_yesterdays_bars_settle_into_yesterdays_sessions() -> None:
    """The clock of the next morning settles what the evening left, each bar into the session of its own day."""
    columns = Columns()
    columns.fold(bar("A", DAY.end - SECOND, 10.0), bar("B", NEXT_DAY.start, 20.0), clock(NEXT_DAY.start + HOUR))

    assert columns.row("A")["settled"]["high"].tolist() == [-np.inf, -np.inf, 10.0]
    assert columns.row("B")["settled"]["high"].tolist() == [20.0, -np.inf, -np.inf]


def test_what_is_no_record_is_said_so() -> None:
    """Bytes of no schema, another record and a bad ticker are each told apart, and the rest is folded."""
    trade = CODEC.encode(Trade(ticker="A", price=1.0, size=1.0, trade_time=NOON, received_time=NOON))
    columns = Columns()
    bad = [bar(ticker, NOON) for ticker in ("", "ABCDEFGHIJKLM", "É", "A B", "\0progress")]

    outcomes = columns.fold(b"", b"nonsense", trade, *bad, bar("ABCDEFGHIJKL", NOON))

    assert outcomes == ["undecodable"] * 3 + ["bad_ticker"] * 5 + ["folded"]
    assert tickers(columns.partition) == ["ABCDEFGHIJKL"]


def test_a_record_at_or_below_the_rows_offset_is_skipped() -> None:
    """Reading the log again changes nothing, however often."""
    columns = Columns()
    records = [bar("A", NOON, 10.0), bar("A", NOON, 11.0), bar("B", NOON, 5.0)]
    columns.fold(*records)
    before = rows_of(columns.partition)

    columns.offset = 0
    assert columns.fold(*records) == ["skipped"] * 3
    assert rows_of(columns.partition) == before


def test_what_an_earlier_life_could_not_use_is_not_told_again() -> None:
    """Records before the offset of resumption only fill the pool; their faults have been reported."""
    columns = Columns()
    columns.partition.progress["resume_offset"] = 3

    assert columns.fold(b"nonsense", bar("", NOON), bar("A", NOON), bar("A", NOON)) == [*["skipped"] * 3, "folded"]


def test_what_is_read_again_still_moves_event_time() -> None:
    """A row may be newer than what the partition remembers of itself, when a flush was cut: the log says how far."""
    columns = Columns()
    columns.fold(bar("A", NOON))
    columns.partition.progress["event_time"] = 0
    columns.offset = 0

    assert columns.fold(bar("A", NOON)) == ["skipped"]
    assert columns.progress["event_time"] == NOON + SECOND
    assert trading_days()[columns.progress["day"]] == DAY


def test_rows_and_pool_grow_in_the_middle_of_a_batch() -> None:
    """A batch larger than all the room there is folds like one that finds enough."""
    records: list[Aggregate] = [
        bar(f"T{number}", NOON + second * SECOND, 1.0 + number) for second in range(60) for number in range(100)
    ]
    small, large = Columns(rows=2, nodes=2), Columns(rows=1024, nodes=8192)

    assert small.fold(*records) == large.fold(*records) == ["folded"] * 6000
    assert rows_of(small.partition) == rows_of(large.partition)
    assert len(small.partition.rows) == 128
    assert small.free_nodes() == len(small.partition.nodes) - 6000
    assert small.chain("T99") == large.chain("T99")
    assert row_of(small.partition, "T7")["bars"] == 60


def test_freed_nodes_are_used_again() -> None:
    """A day of one bar a minute needs no more nodes than a window holds."""
    columns = Columns(nodes=32)
    for minute in range(300):
        columns.fold(bar("A", DAY.open + minute * MINUTE), clock(DAY.open + (minute + 1) * MINUTE))

    assert len(columns.partition.nodes) == 32
    assert columns.row("A")["bars"] == 300
    assert columns.row("A")["volume"] == 30_000.0


@pytest.mark.parametrize("guess", [0, 100, len(trading_days()) - 1])
@pytest.mark.parametrize("day", [0, 99, 100, 101, len(trading_days()) - 1])
def test_the_day_is_found_from_any_guess(guess: int, day: int) -> None:
    """The search goes forth and back, and ends at the calendar's ends."""
    for time in (trading_days()[day].start, trading_days()[day].end):
        assert uncompiled(day_index)(edges(), guess, time) == day


def test_before_the_calendar_is_its_first_day() -> None:
    """The search ends at the first day; the fold's own comparison then finds the bar outside of it."""
    assert uncompiled(day_index)(edges(), 5, 0) == 0


def test_within_a_minute_the_window_stands() -> None:
    """Clock records of the same minute have nothing to settle."""
    columns = Columns()
    columns.fold(bar("A", NOON - WINDOW_MS), clock(NOON), clock(NOON + 1), clock(NOON + 59_999))

    assert columns.progress["window"] == NOON - WINDOW_MS
    assert columns.chain("A") == [NOON - WINDOW_MS]

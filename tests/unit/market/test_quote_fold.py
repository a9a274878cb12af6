"""The fold of quotes: what becomes of each record, and what a row holds afterwards."""

import math
from typing import Any

import numpy as np
import pytest

from schemas.records import Quote, Trade
from streams.market.partition import put_all_rows
from streams.market.quote_fold import price_of
from streams.market.quote_partition import with_more_quote_rows
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, SECOND, clock, uncompiled
from tests.unit.market.quote_builders import CODEC, Quotes, quote

NOON = DAY.open + 150 * MINUTE


def held(quotes: Quotes, ticker: str = "A") -> tuple[Any, ...]:
    """Return time, bid and ask of a ticker's row."""
    row = quotes.row(ticker)
    return row["quote_time"], row["bid"], row["ask"]


def test_a_quote() -> None:
    """The row holds it whole, with its day, its source and its place in the log, and is to be written."""
    quotes = Quotes()

    assert quotes.fold(quote("A", NOON, 9.5, 10.5, 200.0)) == ["folded"]
    row = quotes.row()
    assert (row["source"], row["offset"], row["day_start"]) == (1, 0, DAY.start)
    assert held(quotes) == (NOON, 9.5, 10.5)
    assert (row["bid_size"], row["ask_size"]) == (200.0, 200.0)
    assert quotes.partition.dirty[0]


def test_the_newest_one_counts() -> None:
    """By its time, not by its place in the log: a late quote regresses nothing, and nothing is to be written for it."""
    quotes = Quotes()
    quotes.fold(quote("A", NOON, 9.0, 10.0), quote("A", NOON + SECOND, 9.1, 10.1))
    before = quotes.rows()
    quotes.partition.dirty[:] = False

    assert quotes.fold(quote("A", NOON + SECOND - 1, 1.0, 2.0)) == ["skipped"]
    assert quotes.rows() == before
    assert not quotes.partition.dirty.any()


def test_of_one_time_the_last_in_the_log_counts() -> None:
    """Quotes come several in a millisecond."""
    quotes = Quotes()
    quotes.fold(quote("A", NOON, 9.0, 10.0), quote("A", NOON, 9.1, 10.1))

    assert held(quotes) == (NOON, 9.1, 10.1)


def test_a_side_that_is_gone_is_none() -> None:
    """A quote replaces both sides: what it does not quote is not there any more."""
    quotes = Quotes()
    quotes.fold(quote("A", NOON), quote("A", NOON + 1, None, 10.0), quote("B", NOON), quote("B", NOON, 9.0, None))

    assert np.isnan([quotes.row("A")["bid"], quotes.row("A")["bid_size"], quotes.row("B")["ask"]]).all()
    assert (quotes.row("A")["ask"], quotes.row("A")["ask_size"], quotes.row("B")["bid"]) == (10.0, 100.0, 9.0)


@pytest.mark.parametrize("price", [0.0, -0.01, math.inf, -math.inf, math.nan])
def test_what_is_no_price_is_none(price: float) -> None:
    """Whoever wrote it."""
    quotes = Quotes()
    quotes.fold(quote("A", NOON, price, 10.0), quote("B", NOON, 9.0, price))

    assert np.isnan([quotes.row("A")["bid"], quotes.row("B")["ask"]]).all()
    assert (quotes.row("A")["ask"], quotes.row("B")["bid"]) == (10.0, 9.0)
    assert math.isnan(uncompiled(price_of)(price))


def test_another_day() -> None:
    """The next day's first quote replaces the row; yesterday's quote, read late, does not come back."""
    quotes = Quotes()
    quotes.fold(quote("A", DAY.end - 1, 9.0, 10.0), quote("A", NEXT_DAY.start, 8.0, 9.0))

    assert quotes.fold(quote("A", DAY.end - 1, 9.0, 10.0)) == ["skipped"]
    assert quotes.row()["day_start"] == NEXT_DAY.start
    assert held(quotes) == (NEXT_DAY.start, 8.0, 9.0)


def test_quotes_of_the_night_are_none() -> None:
    """From 04:00 to 20:00, the first instant included, the last not; what is outside moves no clock either."""
    quotes = Quotes()
    times = (DAY.start - 1, DAY.end, DAY.start, DAY.end - 1)

    assert quotes.fold(*[quote("A", time) for time in times]) == [*["outside_session"] * 2, *["folded"] * 2]
    assert quotes.progress["event_time"] == DAY.end - 1


def test_what_cannot_be_used_is_named() -> None:
    """Records of other types, torn ones, and tickers that are none."""
    quotes = Quotes()
    trade = CODEC.encode(Trade(ticker="A", price=1.0, size=1.0, trade_time=NOON, received_time=NOON))
    torn = CODEC.encode(quote("A", NOON))[:-1]

    assert quotes.fold(trade, torn, b"", quote("", NOON), quote("A" * 13, NOON), quote("A B", NOON)) == [
        *["undecodable"] * 3,
        *["bad_ticker"] * 3,
    ]
    assert quotes.tickers() == []


def test_records_are_folded_once() -> None:
    """Read again they are skipped."""
    quotes = Quotes()
    records = [quote("A", NOON), quote("B", NOON), quote("A", NOON, 9.0, 9.5)]
    quotes.fold(*records)
    rows = quotes.rows()

    assert quotes.fold_at(0, records) == ["skipped"] * 3
    assert quotes.rows() == rows


def test_an_earlier_life_is_skipped() -> None:
    """Records before the offset that the changelog covers move the clocks and nothing else."""
    quotes = Quotes()
    quotes.partition.progress["resume_offset"] = 3
    outcomes = quotes.fold(quote("A", NOON), b"", quote("", NOON), quote("A", NOON - MINUTE))

    assert outcomes == ["skipped", "skipped", "skipped", "folded"]
    assert quotes.row()["quote_time"] == NOON - MINUTE
    assert quotes.progress["event_time"] == NOON


def test_clocks_say_how_far_it_is() -> None:
    """They never go back; the event time is that of the newest record or clock."""
    quotes = Quotes()

    assert quotes.fold(clock(NOON), quote("A", NOON - MINUTE), clock(NOON - SECOND)) == ["clocked", "folded", "clocked"]
    assert quotes.progress["complete_through"] == quotes.progress["window"] == quotes.progress["event_time"] == NOON

    quotes.fold(quote("A", NEXT_DAY.open), clock(NEXT_DAY.open - 1))
    assert quotes.progress["event_time"] == NEXT_DAY.open
    assert quotes.progress["complete_through"] == NEXT_DAY.open - 1


def test_there_is_always_room() -> None:
    """For more tickers than rows; what is there keeps its row."""
    quotes = Quotes(rows=2)
    quotes.fold(*[quote(f"T{number}", NOON + number) for number in range(100)])

    assert quotes.tickers() == [f"T{number}" for number in range(100)]
    assert [quotes.row(ticker)["quote_time"] - NOON for ticker in quotes.tickers()] == list(range(100))


def test_rows_come_back_as_they_were() -> None:
    """Put into new columns, with little room, they are the same to the bit."""
    quotes, others = Quotes(), Quotes(rows=2)
    quotes.fold(*[quote(f"T{number}", NOON + number) for number in range(9)])
    names = [name.encode() for name in quotes.tickers()]
    others.partition = put_all_rows(others.partition, names, quotes.partition.rows[:9], with_more_quote_rows)

    assert others.rows() == quotes.rows()


def test_sizes_are_as_sent() -> None:
    """Also where there is none, or 0."""
    quotes = Quotes()
    quotes.fold(Quote(ticker="A", bid=1.0, ask=2.0, ask_size=0.0, quote_time=NOON, received_time=NOON))

    assert np.isnan(quotes.row()["bid_size"])
    assert quotes.row()["ask_size"] == 0.0

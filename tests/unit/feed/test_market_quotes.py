"""Quotes of the synthetic market fit its bars, and are what the feed takes for quotes."""

from datetime import date

import numpy as np
import pytest

from schemas.records import Quote
from streams.feed.market_model import Market
from streams.feed.market_path import MINUTE
from streams.feed.market_ticks import Ticks
from streams.feed.massive_messages import frames
from streams.feed.massive_protocol import MassiveProtocol

OPEN = 330


@pytest.fixture(scope="module")
def market() -> Market:
    """Return a market of 200 tickers."""
    return Market(3, date(2026, 11, 20), 200)


def test_a_quote_stands_at_the_end_of_each_second_with_a_trade(market: Market) -> None:
    """In the second's last millisecond, by (time, ticker); the last trade was at the bid or at the offer."""
    bars, quotes = market.second_bars(OPEN), market.quotes(OPEN)

    assert len(quotes) > 0
    assert quotes.ticker.tolist() == bars.ticker.tolist()
    assert quotes.time.tolist() == (bars.end - 1).tolist()
    assert ((bars.close == quotes.bid) | (bars.close == quotes.ask) | (quotes.bid == 0)).all()
    assert (np.diff(quotes.sequence) > 0).all()


def test_spreads_are_those_of_the_profiles(market: Market) -> None:
    """At least a tick, whole ticks, and as wide as the ticker's own; no bid, no size."""
    quotes = market.quotes(OPEN)
    spread = quotes.ask - quotes.bid
    wanted = 2 * market.setting.profiles["spread"][quotes.ticker] * quotes.ask
    tick = np.where(quotes.ask >= 1.01, 0.01, 0.0001)

    assert (spread >= 0.00009).all()
    assert (np.abs(spread - wanted) <= tick + 0.001 * quotes.ask).all()
    assert ((quotes.bid > 0) == (quotes.bid_size > 0)).all()
    assert (quotes.ask_size >= 100).all()


def test_a_minute_is_the_same_whatever_was_asked_before(market: Market) -> None:
    """And another seed gives other quotes."""
    again = Market(3, date(2026, 11, 20), 200)
    again.quotes(OPEN + 1)

    assert [column.tolist() for column in again.quotes(OPEN).columns()] == [
        column.tolist() for column in market.quotes(OPEN).columns()
    ]
    assert Market(4, date(2026, 11, 20), 200).quotes(OPEN).bid.tolist() != market.quotes(OPEN).bid.tolist()


def test_the_feed_takes_them_for_quotes(market: Market) -> None:
    """Every message of a second, its numbers unchanged."""
    second = OPEN * MINUTE + 1
    quotes = market.quotes(OPEN)
    due = quotes.take(quotes.time // 1000 == market.day.start // 1000 + second)
    (frame,) = frames(Ticks(market).due("Q", second), 10_000)
    result = MassiveProtocol(feed_is_live=False).decode(frame, 0)

    assert result.rejects == []
    found = [record for record in result.records if isinstance(record, Quote)]
    assert [quote.ticker for quote in found] == [market.symbols[ticker] for ticker in due.ticker]
    assert [quote.bid or 0.0 for quote in found] == due.bid.tolist()
    assert [quote.ask for quote in found] == due.ask.tolist()
    assert [(quote.bid_size or 0, quote.ask_size) for quote in found] == list(
        zip(due.bid_size.tolist(), due.ask_size.tolist(), strict=True)
    )
    assert {quote.quote_time for quote in found} == set(due.time.tolist())
    assert Ticks(market).due("Q", market.minutes * MINUTE) == []

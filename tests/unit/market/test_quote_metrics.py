"""The metrics of quotes, and when there are none."""

import math

import numpy as np
import pytest

from schemas.quote_metrics import QUOTE_METRICS
from streams.market.join import BEHIND_QUOTES, FIRST_QUOTE, join_quotes
from streams.market.quote_metrics import QUOTE_COLUMNS, spread_bps_of, spread_of, write_quote_metrics
from streams.market.ticker_index import WIDTH
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, uncompiled
from tests.unit.market.quote_builders import Quotes, quote

NOON = DAY.open + 150 * MINUTE
NONE = dict.fromkeys(QUOTE_COLUMNS)


def test_the_columns_are_those_of_the_table() -> None:
    """Names and order."""
    assert [metric.name for metric in QUOTE_METRICS] == list(QUOTE_COLUMNS)


def test_a_spread() -> None:
    """In dollars, and in basis points of the middle between bid and ask."""
    quotes = Quotes()
    quotes.fold(quote("A", NOON, 9.5, 10.5))

    assert quotes.told() == {"bid": 9.5, "ask": 10.5, "spread": 1.0, "spread_bps": 1000.0}


@pytest.mark.parametrize(
    ("bid", "ask", "spread", "spread_bps"),
    [(10.0, 10.0, 0.0, 0.0), (10.5, 9.5, -1.0, -1000.0), (114.125, 114.1875, 0.0625, 0.0625 / 114.15625 * 10_000)],
)
def test_a_spread_is_as_quoted(bid: float, ask: float, spread: float, spread_bps: float) -> None:
    """In a locked market it is 0, in a crossed one below it: neither is undefined."""
    quotes = Quotes()
    quotes.fold(quote("A", NOON, bid, ask))
    told = quotes.told()

    assert (told["spread"], told["spread_bps"]) == (spread, spread_bps)


def test_one_side_has_no_spread() -> None:
    """The side that is there is told."""
    quotes = Quotes()
    quotes.fold(quote("A", NOON, None, 10.5), quote("B", NOON, 9.5, None), quote("C", NOON, None, None))

    assert quotes.told() == NONE | {"ask": 10.5}
    assert quotes.told(ticker="B") == NONE | {"bid": 9.5}
    assert quotes.told(ticker="C") == NONE


def test_a_quote_is_of_its_day() -> None:
    """Undefined on the next date until it is quoted then, and on the day before where a row is ahead of it."""
    quotes = Quotes()
    quotes.fold(quote("A", DAY.end - 1))
    assert quotes.told()["bid"] == 9.99
    assert quotes.told(NEXT_DAY.start) == NONE

    quotes.fold(quote("A", NEXT_DAY.start))
    assert quotes.told(NEXT_DAY.start)["bid"] == 9.99
    assert quotes.told(DAY.start) == NONE


@pytest.mark.parametrize("function", [spread_bps_of, uncompiled(spread_bps_of)])
def test_basis_points_need_a_middle_above_0(function: object) -> None:
    """Of nothing there are no basis points, nor of one side."""
    assert callable(function)

    assert [math.isnan(function(bid, ask)) for bid, ask in [(0.0, 0.0), (-1.0, 1.0), (math.nan, 1.0)]] == [True] * 3
    assert function(0.5, 1.5) == 10_000.0
    assert uncompiled(spread_of)(1.5, 0.5) == -1.0


def test_both_forms_agree() -> None:
    """Compiled or not."""
    quotes = Quotes()
    quotes.fold(quote("A", NOON))
    line = np.zeros(len(QUOTE_COLUMNS))
    write_quote_metrics(quotes.row(), DAY.start, line)

    assert line.tolist() == list(quotes.told().values())


@pytest.mark.parametrize("compiled", [True, False])
def test_quotes_are_joined_by_ticker(*, compiled: bool) -> None:
    """Each line gets its own ticker's, in the columns of quotes alone; a ticker without quotes keeps none."""
    quotes = Quotes()
    quotes.fold(quote("B", NOON, 9.5, 10.5), quote("ABCDEFGHIJKL", NOON, 1.0, 2.0))
    tickers = np.array([b"ABCDEFGHIJKL", b"A", b"B"], f"S{WIDTH}").view(np.uint8).reshape(3, WIDTH)
    table = np.full((3, BEHIND_QUOTES + 1), np.nan)
    (join_quotes if compiled else uncompiled(join_quotes))(quotes.partition, tickers, DAY.start, table)

    assert table[:, FIRST_QUOTE].tolist()[::2] == [1.0, 9.5]
    assert table[2, FIRST_QUOTE:BEHIND_QUOTES].tolist() == [9.5, 10.5, 1.0, 1000.0]
    assert np.isnan(table[1]).all()
    assert np.isnan(table[:, :FIRST_QUOTE]).all()
    assert np.isnan(table[:, BEHIND_QUOTES:]).all()

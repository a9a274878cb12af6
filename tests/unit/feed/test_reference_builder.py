"""Of several sources the right one wins, field by field."""

import datetime as dt
from typing import Final

import polars as pl

from schemas.records import Reference
from streams.feed.reference_builder import build_references
from streams.market.session import trading_day_of

DAY: Final = trading_day_of(dt.date(2025, 1, 6))


def test_sources_are_put_together() -> None:
    """Measured, then facts in their order, then one's own: each only in the fields that it gives."""
    measured = pl.DataFrame(
        {"ticker": ["B", "A"], "prev_close": [2.0, 4.0], "atr": [None, 0.5], "highs": [[3.0, 1.0], []]}
    )
    facts = [{"A": {"name": "First", "kind": "CS"}}, {"A": {"name": "Second"}, "X": {"name": "Nowhere"}}]
    own = [Reference(ticker="A", trading_date="2025-01-06", prev_close=5.0), Reference(ticker="C", trading_date="x")]

    assert build_references(measured, facts, own, DAY) == [
        Reference(ticker="A", trading_date="2025-01-06", prev_close=5.0, atr=0.5, name="Second", kind="CS"),
        Reference(ticker="B", trading_date="2025-01-06", prev_close=2.0, highs=(3.0, 1.0)),
        Reference(ticker="C", trading_date="2025-01-06"),
    ]


def test_listed_tickers_need_no_bars() -> None:
    """A ticker that was never traded has a record where it is listed; others that a part names have none."""
    found = build_references(
        pl.DataFrame({"ticker": []}), [{"N": {"kind": "CS"}, "OTC": {"kind": "OS"}}], (), DAY, {"N"}
    )

    assert found == [Reference(ticker="N", trading_date="2025-01-06", kind="CS")]


def test_market_capitalisation_is_shares_times_close_where_nobody_says() -> None:
    """And what is said where somebody does."""
    measured = pl.DataFrame({"ticker": ["A", "B"], "prev_close": [2.0, 2.0]})
    facts = {"A": {"shares_outstanding": 50.0}, "B": {"shares_outstanding": 50.0, "market_cap": 7.0}}

    assert [record.market_cap for record in build_references(measured, [facts], (), DAY)] == [100.0, 7.0]


def test_nothing_is_not_zero() -> None:
    """A volume of 0 is known, and stays."""
    own = [Reference(ticker="A", trading_date="2025-01-06", avg_volume=0.0)]

    assert build_references(pl.DataFrame({"ticker": ["A"], "avg_volume": [5.0]}), [], own, DAY)[0].avg_volume == 0.0

"""The vendor's answers as facts: what is there is taken, what is null or odd is not known."""

from typing import Any

from schemas.records import TradeCondition
from streams.feed.reference_facts import (
    conditions_of,
    detail_facts,
    float_facts,
    listing_facts,
    previous_closes,
    short_interest_facts,
)


def test_listing() -> None:
    """A missing name stays away; the kind stands in for the sector."""
    rows: list[dict[str, Any]] = [
        {"ticker": "SPY", "name": None, "primary_exchange": "ARCX", "type": "ETF"},
        {"ticker": "X"},
    ]

    assert listing_facts(rows) == {"SPY": {"exchange": "ARCX", "kind": "ETF", "sector": "ETF"}, "X": {}}


def test_details() -> None:
    """The sector is that of the SIC code; shares of the class come before the weighted ones."""
    common = {"ticker": "A", "type": "CS", "market_cap": 2e9, "sic_description": "GOLD ORES"}
    both = {**common, "share_class_shares_outstanding": 5, "weighted_shares_outstanding": 6}

    assert detail_facts([both]) == {
        "A": {"kind": "CS", "sector": "GOLD ORES", "market_cap": 2e9, "shares_outstanding": 5.0}
    }
    assert detail_facts([{**common, "weighted_shares_outstanding": 6}])["A"]["shares_outstanding"] == 6.0
    assert detail_facts([{"ticker": "A", "market_cap": "much"}]) == {"A": {}}


def test_the_newest_figure_counts() -> None:
    """In whatever order they come."""
    floats: list[dict[str, Any]] = [
        {"ticker": "A", "free_float": 2, "effective_date": "2025-01-02"},
        {"ticker": "A", "free_float": 1, "effective_date": "2024-12-01"},
        {"ticker": "B", "free_float": None, "effective_date": "2025-01-02"},
        {"ticker": "C", "free_float": 0},
    ]
    shorts = [{"ticker": "A", "short_interest": 7, "settlement_date": "2024-12-31"}]

    assert float_facts(floats) == {"A": {"float_shares": 2.0}, "C": {"float_shares": 0.0}}
    assert short_interest_facts(shorts) == {"A": {"short_interest": 7.0}}


def test_previous_closes() -> None:
    """Of the snapshot; 0 is none."""
    rows: list[dict[str, Any]] = [
        {"ticker": "A", "prevDay": {"c": 2}},
        {"ticker": "B", "prevDay": {"c": 0}},
        {"ticker": "C"},
    ]

    assert previous_closes(rows) == {"A": 2.0}


def test_conditions() -> None:
    """By the consolidated rules, those of trades only, by id."""
    rules = {"updates_high_low": False, "updates_open_close": False, "updates_volume": True}
    others = dict.fromkeys(rules, True)
    row = {
        "id": 12,
        "name": "Form T",
        "data_types": ["trade"],
        "update_rules": {"consolidated": rules, "market_center": others},
    }
    rows = [
        row,
        {"id": 0, "name": "Regular Sale", "update_rules": {"consolidated": others}},
        {"id": 81, "name": "A quote's", "data_types": ["bbo"], "update_rules": {"consolidated": others}},
        {"id": 99, "name": "No rules", "data_types": ["trade"]},
    ]

    assert conditions_of(rows) == [
        TradeCondition(condition=0, name="Regular Sale", updates_high_low=True, updates_last=True, updates_volume=True),
        TradeCondition(condition=12, name="Form T", updates_high_low=False, updates_last=False, updates_volume=True),
    ]

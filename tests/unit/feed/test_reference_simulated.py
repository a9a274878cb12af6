"""What is known of a simulated market's tickers hangs together, day after day, and is the same each time."""

from datetime import date
from typing import Final

import pytest

from schemas.records import Reference
from streams.feed.market_background import conditions, references
from streams.feed.market_model import Market
from streams.feed.reference_simulated import simulated_bars, simulated_companies
from streams.market.session import trading_day_of, trading_days

DAY: Final = trading_day_of(date(2026, 11, 20))
BEFORE: Final = trading_days()[trading_days().index(DAY) - 1]


@pytest.fixture(scope="module")
def market() -> Market:
    """Return a market of 300 tickers."""
    return Market(9, DAY.date, 300)


@pytest.fixture(scope="module")
def known(market: Market) -> dict[str, Reference]:
    """Return its references by ticker."""
    return {record.ticker: record for record in references(market)}


def test_references_are_those_of_the_market(market: Market, known: dict[str, Reference]) -> None:
    """Previous closes and means are the market's own, a mean of 0 too; tickers that nobody knows have no record."""
    columns = market.reference()

    assert list(known) == list(columns.ticker)
    assert [record.prev_close for record in known.values()] == columns.prev_close.tolist()
    assert [record.avg_volume for record in known.values()] == columns.avg_volume.tolist()
    assert list(references(Market(9, DAY.date, 300))) == list(known.values())


def test_the_figures_fit_each_other(known: dict[str, Reference]) -> None:
    """The previous close lies in the bar before, the true range is of its order, the float within the shares."""
    for record in known.values():
        assert record.prev_low is not None
        assert record.prev_high is not None
        assert record.prev_close is not None
        assert record.float_shares is not None
        assert record.shares_outstanding is not None
        assert record.atr is not None
        assert record.prev_low <= record.prev_close <= record.prev_high
        assert 0 < record.atr < record.prev_close
        assert 0 < record.float_shares <= record.shares_outstanding
        assert (len(record.highs), record.highs[0], record.lows[0]) == (60, record.prev_high, record.prev_low)
        assert record.market_cap == pytest.approx(record.shares_outstanding * record.prev_close)


def test_kinds_differ(known: dict[str, Reference]) -> None:
    """Warrants are in no tier; there are both tiers, funds, and floats small and large."""
    floats = [record.float_shares or 0 for record in known.values()]

    assert {record.limit_tier for record in known.values() if record.kind == "WARRANT"} <= {None}
    assert {1, 2} <= {record.limit_tier for record in known.values()}
    assert {"CS", "ETF"} <= {record.kind for record in known.values()}
    assert min(floats) < 20e6 < max(floats)


def test_a_days_close_is_the_next_days_previous_close(market: Market) -> None:
    """The history of a day ends where the day before ended, and companies stay what they are."""
    earlier = Market(9, BEFORE.date, 300)
    bars = simulated_bars(earlier)

    assert bars.filter(bars["date"] == bars["date"].max()).select("ticker").height == 300
    ours = simulated_bars(market)
    assert ours.filter(ours["date"] < BEFORE.date).equals(bars.filter(bars["date"] > bars["date"].min()))
    assert simulated_companies(market) == simulated_companies(earlier)


def test_conditions_have_one_rule_for_each_id() -> None:
    """Those that the market's trades have are among them; official prices carry no volume, odd lots make no high."""
    rules = {each.condition: (each.updates_high_low, each.updates_last, each.updates_volume) for each in conditions()}

    assert {8, 12, 14, 25, 37} <= set(rules)
    assert len(rules) == len(conditions()) == 20
    assert rules[0] == rules[14] == rules[28] == (True, True, True)
    assert rules[10] == (True, False, True)
    assert rules[12] == rules[37] == (False, False, True)
    assert rules[15] == rules[16] == (False, False, False)

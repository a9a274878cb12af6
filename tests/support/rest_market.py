"""A market of a few invented tickers for the REST server: daily bars, splits, and what is said of each ticker."""

from typing import Any, Final

from streams.feed.daily_measures import history_days
from streams.market.session import TradingDay
from tests.support.rest_server import GROUPED, SNAPSHOT, RestServer

STEADY: Final = "STDY"
"""10 dollars and 1,000 shares a day."""
REVERSE: Final = "RVRS"
"""A 1-for-10 reverse split on the trading date: 1 dollar and 20,000 shares a day until then."""
NEW: Final = "NEWC"
"""Listed, and never traded before the day."""
MIDNIGHT_MS: Final = 4 * 3600 * 1000


def fill(server: RestServer, day: TradingDay) -> None:
    """Let the server know the market as it is before a trading date."""
    for each in history_days(day):
        grouped = [grouped_bar(STEADY, 10.0, 1000), grouped_bar(REVERSE, 1.0, 20_000)]
        server.answers[f"{GROUPED}{each.date}"] = {"adjusted": False, "results": grouped, "status": "OK"}
    split = {"execution_date": str(day.date), "split_from": 10, "split_to": 1, "ticker": REVERSE}
    tickers = ((STEADY, "XNYS", "CS"), (REVERSE, "XNAS", "CS"), (NEW, "XNAS", "ETF"))
    server.rows |= {
        "/v3/reference/splits": [split],
        "/v3/reference/tickers": [
            {"ticker": ticker, "name": f"{ticker} Corp", "primary_exchange": exchange, "type": kind, "active": True}
            for ticker, exchange, kind in tickers
        ],
        "/stocks/vX/float": [{"ticker": STEADY, "free_float": 5_000_000, "effective_date": "2025-01-01"}],
        "/stocks/v1/short-interest": [
            {"ticker": STEADY, "settlement_date": date, "short_interest": shares}
            for date, shares in (("2024-12-13", 10), ("2024-12-31", 30), ("2024-11-29", 20))
        ],
        "/v3/reference/conditions": [
            condition(0, "Regular Sale", "high_low", "open_close", "volume"),
            condition(12, "Form T", "volume"),
        ],
    }
    server.answers |= {
        "/v1/marketstatus/now": {"market": "closed", "serverTime": "2025-01-06T03:00:00-05:00"},
        "/v1/marketstatus/upcoming": [],
        SNAPSHOT: {"tickers": [{"ticker": STEADY, "prevDay": {"c": 10.0}}, {"ticker": REVERSE, "prevDay": {"c": 1.0}}]},
    }
    for ticker, _, _ in tickers:
        server.answers[f"/v3/reference/tickers/{ticker}"] = {"results": detail(ticker), "status": "OK"}


def grouped_bar(ticker: str, price: float, volume: int) -> dict[str, Any]:
    """Return a bar of a grouped answer: a range of a tenth of its price."""
    prices = {"o": price, "h": price * 1.05, "l": price * 0.95, "c": price, "vw": price}
    return {"T": ticker, **prices, "v": volume, "t": 0, "n": 1}


def ticker_bars(day: TradingDay, price: float, volume: int) -> dict[str, Any]:
    """Return an answer with the daily bars of one ticker before a trading date."""
    rows = [{**grouped_bar("", price, volume), "t": each.start - MIDNIGHT_MS} for each in history_days(day)]
    return {"status": "OK", "results": [{name: value for name, value in row.items() if name != "T"} for row in rows]}


def condition(number: int, name: str, *updated: str) -> dict[str, Any]:
    """Return an entry of the trade conditions: what of ``high_low``, ``open_close``, ``volume`` it updates."""
    consolidated = {f"updates_{what}": what in updated for what in ("high_low", "open_close", "volume")}
    return {"id": number, "name": name, "data_types": ["trade"], "update_rules": {"consolidated": consolidated}}


def detail(ticker: str) -> dict[str, Any]:
    """Return a ticker's details."""
    return {
        "ticker": ticker,
        "name": f"{ticker} Corp",
        "primary_exchange": "XNAS",
        "type": "CS",
        "market_cap": 1e9,
        "sic_description": "GOLD AND SILVER ORES",
        "share_class_shares_outstanding": 7_000_000,
    }

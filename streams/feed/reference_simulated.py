"""What a vendor would know of a simulated market's tickers: daily bars of its own earlier days, and companies."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from streams.feed.daily_bars import DAILY
from streams.feed.daily_measures import MOST_SESSIONS
from streams.feed.market_model import Market
from streams.feed.market_path import GAP_SHARE
from streams.feed.market_profile import activity_at, level_at, standing
from streams.feed.market_random import key_of, uniforms
from streams.feed.market_shape import REGULAR_SECONDS
from streams.feed.reference_facts import Facts
from streams.market.session import day_index_at, trading_days

HISTORY: Final = MOST_SESSIONS + 1
EXCHANGES: Final = {1: "XNYS", 2: "ARCX", 3: "XNAS"}
"""By tape."""
SECTORS: Final = (
    "SERVICES-PREPACKAGED SOFTWARE",
    "PHARMACEUTICAL PREPARATIONS",
    "STATE COMMERCIAL BANKS",
    "SEMICONDUCTORS & RELATED DEVICES",
    "BLANK CHECKS",
    "CRUDE PETROLEUM & NATURAL GAS",
    "REAL ESTATE INVESTMENT TRUSTS",
    "SURGICAL & MEDICAL INSTRUMENTS",
    "GOLD AND SILVER ORES",
    "RETAIL-EATING PLACES",
)
SUFFIXES: Final = ((".WS", "WARRANT"), (".U", "UNIT"), ("pA", "PFD"), ("pC", "PFD"), ("pD", "PFD"))
FUND_SHARE: Final = 0.25
FIRST_TIER_RANK: Final = 1000
"""The first tier of the limit-up limit-down plan is about the thousand largest."""
FEWEST_TURNOVERS: Final = 100.0
MOST_TURNOVERS: Final = 2000.0
"""Days of ordinary volume in which the shares outstanding change hands."""


def simulated_bars(market: Market, sessions: int = HISTORY) -> pl.DataFrame:
    """Return daily bars of the sessions before the market's day, with the columns ``DAILY``.

    They open and close where that day's own market does; how far they reach beyond, and how much is traded, is drawn.
    """
    count, last = len(market.symbols), day_index_at(market.day.start)
    base = standing(market.seed, count)
    usual = base["trades"] * REGULAR_SECONDS * base["size"]
    frames = []
    for index in range(max(last - sessions, 0), last):
        before, after = level_at(market.seed, count, index), level_at(market.seed, count, index + 1)
        opening = before + GAP_SHARE * (after - before)
        up, down = (base["volatility"] * uniforms(key_of(market.seed, 61, index, way), count) for way in (0, 1))
        columns = {
            "open": opening,
            "high": np.maximum(opening, after) + up,
            "low": np.minimum(opening, after) - down,
            "close": after,
            "vwap": (opening + 2 * after) / 3,
        }
        prices = {name: on_tick(np.exp(values)) for name, values in columns.items()}
        volume = np.rint(usual * activity_at(market.seed, count, index))
        frames.append(
            pl.DataFrame({"ticker": market.symbols, **prices, "volume": volume}).with_columns(
                date=pl.lit(trading_days()[index].date)
            )
        )
    return pl.concat(frames).select(*DAILY)


def simulated_companies(market: Market) -> Facts:
    """Return what a vendor says of the companies behind the tickers; the same in every year of a seed's market."""
    count = len(market.symbols)
    base = standing(market.seed, count)
    turnovers, floating, short, sector, fund = (uniforms(key_of(market.seed, 62, which), count) for which in range(5))
    usual = base["trades"] * REGULAR_SECONDS * base["size"]
    shares = np.rint(usual * FEWEST_TURNOVERS * (MOST_TURNOVERS / FEWEST_TURNOVERS) ** turnovers)
    float_shares = np.rint(shares * (0.15 + 0.84 * floating))
    facts: Facts = {}
    for number, ticker in enumerate(market.symbols):
        kind = kind_of(ticker, is_fund=fund[number] < FUND_SHARE)
        facts[ticker] = {
            "name": f"{ticker} (simulated)",
            "kind": kind,
            "sector": SECTORS[int(sector[number] * len(SECTORS))] if kind == "CS" else kind,
            "shares_outstanding": float(shares[number]),
            "float_shares": float(float_shares[number]),
            "short_interest": float(np.rint(float_shares[number] * 0.2 * short[number] ** 2)),
        }
        if not base["otc"][number]:
            facts[ticker]["exchange"] = EXCHANGES[int(base["tape"][number])]
            if kind != "WARRANT":
                facts[ticker]["limit_tier"] = 1 if base["rank"][number] <= FIRST_TIER_RANK else 2
    return facts


def kind_of(ticker: str, *, is_fund: bool) -> str:
    """Return the vendor's type code of a ticker."""
    by_suffix = next((kind for suffix, kind in SUFFIXES if ticker.endswith(suffix)), None)
    return by_suffix or ("ETF" if is_fund else "CS")


def on_tick(prices: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return prices in whole cents, below a dollar in hundredths of a cent, never 0."""
    return np.where(prices >= 1, np.round(prices, 2), np.maximum(np.round(prices, 4), 0.0001))

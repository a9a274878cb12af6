"""What a simulated market's tickers are measured against: reference and volume curves of its own earlier days."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.records import Reference, TradeCondition, VolumeCurve
from streams.feed.daily_measures import measures
from streams.feed.market_model import Market
from streams.feed.reference_builder import build_references
from streams.feed.reference_conditions import standard_conditions
from streams.feed.reference_simulated import simulated_bars, simulated_companies
from streams.feed.splits import no_splits

SESSIONS: Final = 10
LOOK_BACK: Final = 13
"""Days looked at: half days among them are left out."""


def references(market: Market) -> Iterator[Reference]:
    """Yield what a vendor knows of each ticker before the market's day, by ticker."""
    columns = market.reference()
    day = market.day
    closes, volumes = columns.prev_close.tolist(), columns.avg_volume.tolist()
    own = [
        Reference(ticker=ticker, trading_date=day.date.isoformat(), prev_close=close, avg_volume=volume)
        for ticker, close, volume in zip(columns.ticker, closes, volumes, strict=True)
    ]
    bars = simulated_bars(market).filter(pl.col("ticker").is_in(columns.ticker))
    yield from build_references(measures(bars, no_splits(), day, SESSIONS), [simulated_companies(market)], own, day)


def conditions() -> list[TradeCondition]:
    """Return the trade conditions, those that the market's trades have among them."""
    return standard_conditions()


def curves(market: Market) -> Iterator[VolumeCurve]:
    """Yield the mean cumulative volume by minute of each ticker over the last full sessions before the market's day."""
    full = [volumes for day, volumes in market.history(LOOK_BACK) if not day.is_half_day][-SESSIONS:]
    days = np.sum([(volumes > 0).any(axis=1) for volumes in full], axis=0)
    total: npt.NDArray[np.float64] = np.sum(full, axis=0)
    cumulative = total.cumsum(axis=1)
    trading_date = market.day.date.isoformat()
    for number, ticker in enumerate(market.symbols):
        if not days[number]:
            continue
        steps = np.flatnonzero(total[number])
        yield VolumeCurve(
            ticker=ticker,
            trading_date=trading_date,
            sample_days=int(days[number]),
            seconds=tuple(((steps + 1) * 60).tolist()),
            volumes=tuple((cumulative[number, steps] / days[number]).tolist()),
        )

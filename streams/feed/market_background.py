"""What a simulated market's tickers are measured against: reference and volume curves of its own earlier days."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.records import Reference, VolumeCurve
from streams.feed.market_model import Market

SESSIONS: Final = 10
LOOK_BACK: Final = 13
"""Days looked at: half days among them are left out."""


def references(market: Market) -> Iterator[Reference]:
    """Yield what a vendor knows of each ticker before the market's day."""
    columns = market.reference()
    trading_date = market.day.date.isoformat()
    for ticker, prev_close, avg_volume in zip(*(columns.ticker, columns.prev_close, columns.avg_volume), strict=True):
        yield Reference(
            ticker=ticker, trading_date=trading_date, prev_close=float(prev_close), avg_volume=float(avg_volume)
        )


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

"""Bars made of real trades: every second and minute as a plain walk over the trades makes it."""

import math
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import NamedTuple

import polars as pl
import pytest

from streams.market.session import edges, trading_day_at
from streams.market.trade_bars import bars_of_trades
from streams.market.trade_conditions import default_rules
from tests.support import trade_files
from tests.support.shared_data import shared_data
from tests.support.trade_oracle import Print, may

TAQ = "trades/taq_masked_XXX_2018-01-02_03_trades.csv.gz"


class Bar(NamedTuple):
    """What a bar is to hold."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    value: float
    trades: int


def walk(prints: Iterable[Print], length: int) -> tuple[dict[int, Bar], float]:
    """Return bars by start, and the volume before a day's first price."""
    bars: dict[int, Bar] = {}
    lost = 0.0
    last: tuple[date, float] | None = None
    for start, group in groupby(prints, lambda item: item.time - item.time % length):
        day = trading_day_at(start)
        found = [(item, may(item.conditions, regular_session=day.open <= item.time < day.close)) for item in group]
        ticks = [item.price for item, allowed in found if allowed.last]
        volume = [item for item, allowed in found if allowed.volume]
        before = last[1] if last and last[0] == day.date else None
        if not ticks and before is None:
            lost += sum(item.size for item in volume)
            continue
        opened, closed = (ticks[0], ticks[-1]) if ticks else (before or 0.0, before or 0.0)
        last = (day.date, closed)
        prices = [opened, closed, *(item.price for item, allowed in found if allowed.extremes)]
        if any(any(allowed) for _, allowed in found):
            total, value = sum(item.size for item in volume), sum(item.size * item.price for item in volume)
            bars[start] = Bar(opened, max(prices), min(prices), closed, total, value, len(volume))
    return bars, lost


@pytest.mark.parametrize("length", [1000, 60_000])
def test_bars_of_real_trades(length: int) -> None:
    """Prices exactly, sums to 1e-9; no share is lost."""
    prints = [item for _, item in trade_files.taq(shared_data(TAQ))]
    columns = {
        "ticker": ["XXX"] * len(prints),
        "trade_time": [item.time for item in prints],
        "price": [item.price for item in prints],
        "size": [item.size for item in prints],
        "conditions": pl.Series([list(item.conditions) for item in prints], dtype=pl.List(pl.Int64)),
    }
    made = bars_of_trades(pl.DataFrame(columns), length, default_rules(), edges())
    expected, lost = walk(prints, length)

    assert made[1:] == (0, 0, lost)
    assert made.frame["start"].to_list() == sorted(expected)
    for bar in made.frame.iter_rows(named=True):
        item = expected[bar["start"]]
        assert [bar[name] for name in ("open", "high", "low", "close", "volume", "transactions")] == [
            *item[:5],
            item.trades,
        ]
        assert math.isclose(bar["vwap"], item.value / item.volume, rel_tol=1e-9)

"""Random logs of bars and clocks, and what a row holds by a plain sum over the bars that count."""

import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import numpy as np
from hypothesis import strategies as st

from schemas.records import Aggregate, Clock
from streams.market.bar_events import rules
from streams.market.session import TradingDay
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, SECOND, bar, clock

TICKERS: Final = ("A", "AA", "B")
PRICES = st.sampled_from([0.0001, 1.1, 7.3, 9.99, 10.0, 10.01, 123.456])
VOLUMES = st.sampled_from([0.0, 0.1, 0.7, 1.0, 33.3, 1e6])
AHEAD_MS: Final = 90 * SECOND
"""Bars may be that far ahead of the clock."""
FACTS: Final = {"prev_close": 9.0, "avg_volume": 100.0, "float_shares": 1e6, "market_cap": 1e9, "atr": 0.5}
"""Of every ticker: prices are on both sides of the close, and tickers come onto watched boards and leave them."""
CURVE: Final = tuple((60 * minute, 100.0 * minute) for minute in range(961))
RULES: Final = st.builds(rules, st.sampled_from([0, 60_000]), st.sampled_from([0.0, 2.5]))


@st.composite
def bars(draw: st.DrawFn, ticker: str, start: int) -> Aggregate:
    """Return a bar with any prices."""
    low, opened, close, high = sorted(draw(st.tuples(PRICES, PRICES, PRICES, PRICES)))
    if draw(st.booleans()):
        opened, close = close, opened
    figures = draw(st.sampled_from([{}, {"vendor_open": opened}, {"vendor_vwap": close, "vendor_day_volume": 5.0}]))
    return bar(ticker, start, close, draw(VOLUMES), open=opened, high=high, low=low, **figures)


@st.composite
def logs(draw: st.DrawFn, most: int = 60) -> list[Aggregate | Clock]:
    """Return a log as a feed writes it, over one or two days.

    Time goes on by jumps of up to some minutes; bars start up to 20 minutes before it (some too late) or a little
    after it, on a grid so coarse that many are corrections of earlier ones.
    """
    now = DAY.open - 5 * MINUTE
    log: list[Aggregate | Clock] = []
    for _ in range(draw(st.integers(1, most))):
        step = draw(st.sampled_from([0, 0, 0, 0, 30 * SECOND, 90 * SECOND, 7 * MINUTE, NEXT_DAY.start - now]))
        if step:
            now = min(now + step, NEXT_DAY.open)
            log.append(clock(now))
        else:
            start = now - draw(st.sampled_from([-AHEAD_MS, 0, 30 * SECOND, 60 * SECOND, 10 * MINUTE, 20 * MINUTE]))
            log.append(draw(bars(draw(st.sampled_from(TICKERS)), start // SECOND * SECOND)))
    return log


@st.composite
def interleavings(draw: st.DrawFn, log: list[Aggregate | Clock]) -> list[Aggregate | Clock]:
    """Return a log in another order: each ticker's own bars, and clocks towards all bars, stay in order."""
    result: list[Aggregate | Clock] = []
    parts: dict[str, list[Aggregate | Clock]] = {ticker: [] for ticker in TICKERS}

    def merge() -> None:
        while left := [part for part in parts.values() if part]:
            result.append(draw(st.sampled_from(left)).pop(0))

    for record in log:
        if isinstance(record, Clock):
            merge()
            result.append(record)
        else:
            parts[record.ticker].append(record)
    merge()
    return result


class Sums(NamedTuple):
    """What a row is to hold."""

    bars: int
    volume: float
    value: float
    price: float
    open: float
    premarket_open: float
    premarket_close: float
    high: list[float]
    low: list[float]


def sums(chosen: Iterable[Aggregate], day: TradingDay) -> Sums:
    """Add up the bars of one ticker on a day, each start once."""
    ordered = sorted(chosen, key=lambda item: item.start_time)
    pre = [item for item in ordered if item.start_time < day.open]
    regular = [item for item in ordered if day.open <= item.start_time < day.close]
    post = [item for item in ordered if item.start_time >= day.close]
    return Sums(
        bars=len(ordered),
        volume=math.fsum(item.volume for item in ordered),
        value=math.fsum(item.close * item.volume for item in ordered),
        price=ordered[-1].close,
        open=regular[0].open if regular else math.nan,
        premarket_open=pre[0].open if pre else math.nan,
        premarket_close=pre[-1].close if pre else math.nan,
        high=[max((item.high for item in part), default=-math.inf) for part in (pre, regular, post)],
        low=[min((item.low for item in part), default=math.inf) for part in (pre, regular, post)],
    )


def assert_row(row: np.void, expected: Sums) -> None:
    """Compare a row with the sums: these to 1e-9, everything else exactly."""
    for name, value in expected._asdict().items():
        actual: Any = row[name].tolist()
        if name in {"volume", "value"}:
            assert math.isclose(actual, value, rel_tol=1e-9, abs_tol=1e-9), name
        else:
            np.testing.assert_equal(actual, value, err_msg=name)

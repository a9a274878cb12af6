"""How busy the synthetic market is: over the minutes of a day, and from ticker to ticker."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streams.feed.market_random import key_of, normals, uniforms
from streams.market.session import trading_days

MINUTE_MS: Final = 60_000
UNIVERSE: Final = 12_000
"""Tickers of the real market: a smaller synthetic one is an even sample of it, from the busiest to the dead."""
TRADES_AT_RANK: Final = (
    (1, 1_500_000),
    (10, 480_000),
    (100, 100_000),
    (360, 44_000),
    (1_200, 17_000),
    (2_200, 7_000),
    (3_200, 2_100),
    (4_500, 450),
    (6_500, 70),
    (9_500, 12),
    (12_000, 2),
)
"""Trades a day by rank among 12,000 tickers: a power law that breaks off in the lower half, as the real one does."""
REGULAR_SECONDS: Final = 23_400.0
PENNY_SHARE: Final = 0.002
LOWEST_PRICE: Final = 0.0011
HIGHEST_PRICE: Final = 9_000.0


class DayShape(NamedTuple):
    """A day in minutes since 04:00; ``pace`` is 1 in the mean of the regular session."""

    open_minute: int
    close_minute: int
    minutes: int
    pace: npt.NDArray[np.float64]


@lru_cache(maxsize=64)
def day_shape(day_index: int) -> DayShape:
    """Return the edges of a trading day (by its number) and its pace by the minute: a U with quiet flanks."""
    day = trading_days()[day_index]
    opens, closes = (day.open - day.start) // MINUTE_MS, (day.close - day.start) // MINUTE_MS
    minutes = (day.end - day.start) // MINUTE_MS
    pace = np.concatenate((_before_open(opens), _regular(closes - opens), _after_close(minutes - closes)))
    pace.setflags(write=False)
    return DayShape(opens, closes, minutes, pace)


def _before_open(minutes: int) -> npt.NDArray[np.float64]:
    """Return a small rush at 04:00, others at 07:00 and 08:00 when more venues open, and a rise towards the open."""
    at = np.arange(minutes, dtype=np.float64)
    rushes = 0.02 * np.exp(-at / 8) + 0.015 * _decay(at, 180, 20) + 0.03 * _decay(at, 240, 25)
    return np.asarray(0.011 + rushes + 0.06 * np.exp((at - minutes) / 50))


def _regular(minutes: int) -> npt.NDArray[np.float64]:
    at = np.arange(minutes, dtype=np.float64)
    pace = 0.72 + 1.6 * np.exp(-at / 14) + 0.9 * np.exp((at - minutes) / 20)
    return np.asarray(pace / pace.mean())


def _after_close(minutes: int) -> npt.NDArray[np.float64]:
    at = np.arange(minutes, dtype=np.float64)
    return np.asarray(0.011 + 0.25 * np.exp(-at / 1.5) + 0.06 * np.exp(-at / 25))


def _decay(at: npt.NDArray[np.float64], start: int, minutes: float) -> npt.NDArray[np.float64]:
    return np.where(at >= start, np.exp(-np.maximum(at - start, 0) / minutes), 0.0)


def trades_per_day(rank: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the trades of an ordinary day by rank among ``UNIVERSE`` tickers (1 = busiest), any shape."""
    ranks, trades = np.array(TRADES_AT_RANK, np.float64).T
    return np.asarray(np.exp(np.interp(np.log(rank), np.log(ranks), np.log(trades))))


@lru_cache(maxsize=4)
def by_activity(seed: int, count: int) -> npt.NDArray[np.intp]:
    """Return the numbers of the tickers, busiest first: who is busy does not follow from the alphabet."""
    return np.argsort(uniforms(key_of(seed, 1), count), kind="stable")


@lru_cache(maxsize=4)
def usual_prices(seed: int, count: int) -> npt.NDArray[np.float64]:
    """Return the price about which each ticker moves over the years, in dollars: from under a cent to thousands."""
    popular = np.empty(count)
    popular[by_activity(seed, count)] = 1 - (np.arange(count) + 0.5) / count
    spread = (1.5 - 0.7 * popular) * normals(key_of(seed, 2), count)
    price = np.exp(np.log(5) + 2.2 * popular + spread)
    price = np.where(uniforms(key_of(seed, 3), count) < PENNY_SHARE, price / 2000, price)
    return np.asarray(np.clip(price, LOWEST_PRICE, HIGHEST_PRICE))

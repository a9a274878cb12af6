"""What sets one ticker of the synthetic market apart from another: activity, price, volatility, today's news."""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from streams.feed.market_news import NEWS_FIELDS, news_of, return_on_news
from streams.feed.market_random import key_of, normals, uniforms
from streams.feed.market_shape import REGULAR_SECONDS, UNIVERSE, by_activity, trades_per_day, usual_prices

PROFILE: Final = np.dtype(
    [
        ("rank", np.float64),  # 1 = busiest of 12,000
        ("trades", np.float64),  # per second, mean of an ordinary regular session
        ("size", np.float64),  # shares of a trade, mean
        ("volatility", np.float64),  # deviation of a day's log return
        ("spread", np.float64),  # half of it, as a share of the price
        ("extended", np.float64),  # activity outside regular hours, 1 = ordinary
        ("fractional", np.bool_),  # trades parts of shares
        ("otc", np.bool_),
        ("tape", np.int64),  # 1 NYSE, 2 other, 3 Nasdaq
        ("level", np.float64),  # log of the previous close
        ("drift", np.float64),  # log return of the day without its news
        ("activity", np.float64),  # of this day, 1 = ordinary
        *NEWS_FIELDS,
    ]
)
"""One ticker on one day."""

PERIODS: Final = (64, 16, 4, 1)
DECAY_DAYS: Final = 20
"""A jump on news is given back over so many sessions, so that prices stay within their range for ever."""
LOWEST_LEVEL: Final = float(np.log(0.0006))
AVERAGED_DAYS: Final = 10
FRACTIONAL_SHARE: Final = 0.1
OTC_SHARE: Final = 0.004


@lru_cache(maxsize=4)
def standing(seed: int, count: int) -> npt.NDArray[np.void]:
    """Return the profiles of ``count`` tickers without anything that depends on the day."""
    profiles = np.zeros(count, PROFILE)
    rank = np.empty(count)
    rank[by_activity(seed, count)] = (np.arange(count) + 0.5) / count * UNIVERSE
    profiles["rank"] = np.maximum(rank, 1)
    price = usual_prices(seed, count)
    profiles["level"] = np.log(price)
    profiles["trades"] = trades_per_day(profiles["rank"]) / REGULAR_SECONDS
    spread_of_sizes = np.exp(0.5 * normals(key_of(seed, 4), count))
    profiles["size"] = np.clip(110 * np.sqrt(25 / np.clip(price, 0.05, 2000)) * spread_of_sizes, 8, 4000)
    cheap = np.clip(np.log(30 / price), 0, 5)
    profiles["volatility"] = (0.011 + 0.009 * cheap) * np.exp(0.35 * normals(key_of(seed, 5), count))
    profiles["spread"] = 0.0001 + 0.002 * (rank / UNIVERSE) ** 2 + 0.0003 * cheap
    profiles["extended"] = np.exp(0.8 * normals(key_of(seed, 6), count) - 0.32)
    profiles["fractional"] = uniforms(key_of(seed, 7), count) < FRACTIONAL_SHARE
    profiles["otc"] = (uniforms(key_of(seed, 8), count) < OTC_SHARE) & (rank > UNIVERSE / 2)
    profiles["tape"] = np.choose((uniforms(key_of(seed, 9), count) * 10).astype(int) // 3, (3, 1, 3, 2))
    profiles.setflags(write=False)
    return profiles


def profiles_of(seed: int, count: int, day_index: int) -> npt.NDArray[np.void]:
    """Return the profiles of a trading day (by its number in ``trading_days()``), shape (count,)."""
    profiles = standing(seed, count).copy()
    news = news_of(seed, count, day_index)
    for name, _ in NEWS_FIELDS:
        profiles[name] = news[name]
    profiles["level"] = level_at(seed, count, day_index)
    following = level_at(seed, count, day_index + 1)
    profiles["drift"] = following - profiles["level"] - return_on_news(seed, count, day_index)
    profiles["activity"] = activity_at(seed, count, day_index)
    return profiles


@lru_cache(maxsize=4)
def level_at(seed: int, count: int, day_index: int) -> npt.NDArray[np.float64]:
    """Return the log of each ticker's official close before a trading day, shape (count,).

    It is a sum of waves about the ticker's own price plus what is left of earlier days' news, so that it is known for
    any day without the days before, and one day's close is the next day's previous close.
    """
    base = standing(seed, count)
    waves = np.zeros(count)
    for period in PERIODS:
        before, share = divmod(day_index, period)
        near = normals(key_of(seed, 11, period, before), count)
        far = normals(key_of(seed, 11, period, before + 1), count)
        waves += period**0.5 * 0.5 * (near + (far - near) * (share / period))
    left = np.zeros(count)
    for age in range(1, DECAY_DAYS + 1):
        left += return_on_news(seed, count, day_index - age) * (1 - (age - 1) / DECAY_DAYS)
    return np.maximum(base["level"] + base["volatility"] * waves + left, LOWEST_LEVEL)


def activity_at(seed: int, count: int, day_index: int) -> npt.NDArray[np.float64]:
    """Return how busy each ticker is on a day without news, 1 = ordinary, shape (count,)."""
    market = 0.1 * float(normals(key_of(seed, 12, day_index), 1)[0])
    return np.exp(market - 0.05 + 0.3 * normals(key_of(seed, 13, day_index), count))


def usual_volume(seed: int, count: int, day_index: int) -> npt.NDArray[np.float64]:
    """Return each ticker's mean daily volume over the sessions before a day, in shares, its news left out."""
    base = standing(seed, count)
    days = range(day_index - AVERAGED_DAYS, day_index)
    activity = sum((activity_at(seed, count, day) for day in days), np.zeros(count)) / AVERAGED_DAYS
    return np.asarray(np.rint(base["trades"] * REGULAR_SECONDS * base["size"] * activity))

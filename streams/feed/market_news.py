"""News of the synthetic market: which tickers jump today, when, how far, and how they trade on it.

A jump builds up within minutes, overshoots and gives part of it back; volume multiplies and dies away. News after the
close also opens the next morning: the price is then away from the official close from 04:00 on.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streams.feed.market_random import compiled, key_of, mix, uniforms
from streams.feed.market_shape import DayShape, by_activity, day_shape, usual_prices

NEVER: Final = 1e9
NEWS_FIELDS: Final = [
    ("news_minute", np.float64),  # since 04:00; below 0 for news of the evening before, NEVER without news
    ("jump", np.float64),  # log return at its height
    ("rise_minutes", np.float64),
    ("fade", np.float64),  # share of the jump that is given back
    ("fade_minutes", np.float64),
    ("burst", np.float64),  # volume at its height, in ordinary volumes
    ("burst_minutes", np.float64),
]
NEWS_SHARE: Final = 0.007
FEWEST: Final = 7
CANDIDATES: Final = 4
"""News that moves a price by half is about cheap stocks: of so many the cheapest has it."""


class Kind(NamedTuple):
    """A kind of news: when it comes (shares of its session) and how far the price goes, in percent."""

    session: int  # 0 before the open, 1 regular, 2 after the close
    low: float
    high: float


KINDS: Final = (
    Kind(0, 25, 80),
    Kind(1, 30, 90),
    Kind(0, -45, -15),
    Kind(0, 100, 240),
    Kind(1, 100, 220),
    Kind(0, 1200, 1700),
    Kind(2, 15, 60),
)
"""One of each comes every day, even into a small market."""
COMMON_KINDS: Final = (
    Kind(0, 8, 30),
    Kind(1, 10, 45),
    Kind(0, -25, -8),
    Kind(2, -25, 25),
    Kind(0, 20, 90),
    Kind(1, -30, -10),
    Kind(1, 15, 80),
)


@lru_cache(maxsize=4)
def news_of(seed: int, count: int, day_index: int) -> npt.NDArray[np.void]:
    """Return the news of a trading day, shape (count,), with ``NEWS_FIELDS``; the evening before goes under its own."""
    shape, before = day_shape(day_index), day_shape(day_index - 1)
    news = _own_news(seed, count, day_index)
    evening = _own_news(seed, count, day_index - 1).copy()
    evening["news_minute"] -= before.minutes
    carried = (evening["news_minute"] >= before.close_minute - before.minutes) & (evening["news_minute"] < 0)
    carried &= news["news_minute"] >= shape.minutes
    return np.where(carried, evening, news)


@lru_cache(maxsize=64)
def return_on_news(seed: int, count: int, day_index: int) -> npt.NDArray[np.float64]:
    """Return the log return to the official close that a day's news gave each ticker, shape (count,)."""
    close = float(day_shape(day_index).close_minute)
    news = news_of(seed, count, day_index)
    returns = np.zeros(count)
    for index in np.flatnonzero(news["news_minute"] < close):
        returns[index] = move(news[index], close)
    return returns


@compiled
def move(news: np.void, minute: float) -> float:
    """Return the log return that the news has brought by a minute (since 04:00)."""
    since = minute - news["news_minute"]
    if since <= 0:
        return 0.0
    risen = 1.0 - np.exp(-since / news["rise_minutes"])
    return float(news["jump"] * risen * (1.0 - news["fade"] * (1.0 - np.exp(-since / news["fade_minutes"]))))


@compiled
def burst(news: np.void, minute: float) -> float:
    """Return how many times its ordinary volume the ticker trades in a minute because of the news, at least 1."""
    since = minute + 1.0 - news["news_minute"]
    if since <= 0:
        return 1.0
    return float(1.0 + news["burst"] * (1.0 - np.exp(-since / 2.0)) / (1.0 + since / news["burst_minutes"]) ** 1.3)


@lru_cache(maxsize=4)
def _own_news(seed: int, count: int, day_index: int) -> npt.NDArray[np.void]:
    news = np.zeros(count, np.dtype(NEWS_FIELDS))
    news["news_minute"] = NEVER
    news["rise_minutes"] = news["fade_minutes"] = news["burst_minutes"] = 1
    shape, key, order = day_shape(day_index), key_of(seed, 21, day_index), by_activity(seed, count)
    prices = usual_prices(seed, count)
    many = min(max(FEWEST, round(count * NEWS_SHARE)), count // 4)
    for number in range(many):
        draws = uniforms(np.uint64(mix(key, number)), 6 + CANDIDATES)
        places = ((0.05 + 0.5 * draws[6:]) * count).astype(int)  # neither one of the giants nor one of the dead
        ticker = min(order[places], key=lambda candidate: float(prices[candidate]))
        while news["news_minute"][ticker] < NEVER:
            ticker = (ticker + 1) % count
        kind = KINDS[number] if number < len(KINDS) else COMMON_KINDS[number % len(COMMON_KINDS)]
        news[ticker] = _piece(kind, draws, shape)
    return news


def _piece(kind: Kind, draws: npt.NDArray[np.float64], shape: DayShape) -> tuple[float, ...]:
    """Return a piece of news as the values of ``NEWS_FIELDS``."""
    starts = (0, shape.open_minute, shape.close_minute)[kind.session]
    ends = (shape.open_minute, shape.close_minute, shape.minutes)[kind.session]
    percent = kind.low + (kind.high - kind.low) * draws[1] ** 2
    return (
        starts + int((0.02 + 0.85 * draws[0]) * (ends - starts)),
        float(np.log1p(percent / 100)),
        0.5 + 8 * draws[2] ** 2,
        0.1 + 0.6 * draws[3],
        60 + 240 * draws[4],
        60 * 30 ** draws[5],
        15 + 60 * draws[1],
    )

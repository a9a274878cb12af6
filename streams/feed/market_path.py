"""The price of a ticker as a function of time: known at any second without the seconds before it.

The log price is that of the previous close, plus the day's drift, a noise of waves from four hours to a second, and
the news. It starts near the previous close at 04:00 (most of the drift is an overnight gap) and meets the next
day's previous close exactly at the close.
"""

from typing import Final, NamedTuple

import numpy as np

from streams.feed.market_news import NEVER, move
from streams.feed.market_random import compiled, mix, normal

WAVES: Final = (240, 60, 15, 4, 1)
"""Minutes between the points of each wave; between them it runs straight."""
WAVE_HEIGHTS: Final = (0.45, 0.28, 0.16, 0.085, 0.045)
RIPPLE_SECONDS: Final = 12
RIPPLE_HEIGHT: Final = 0.02
GAP_SHARE: Final = 0.6
WAVE_STREAM: Final = 4096
RIPPLE_STREAM: Final = 1 << 20
MINUTE: Final = 60


class DayClock(NamedTuple):
    """The minutes (since 04:00) of a day's open, close and end."""

    open_minute: int
    close_minute: int
    minutes: int


@compiled
def noise(key: np.uint64, minute: int) -> float:
    """Return the sum of a ticker's waves at a minute; about 0.5 deviations of a day."""
    total = 0.0
    for wave in range(len(WAVES)):
        period = WAVES[wave]
        point = minute // period
        share = (minute - point * period) / period
        near = normal(mix(key, wave * WAVE_STREAM + point))
        if share > 0:
            near += share * (normal(mix(key, wave * WAVE_STREAM + point + 1)) - near)
        total += WAVE_HEIGHTS[wave] * near
    return total


@compiled
def log_price_at_minute(profile: np.void, key: np.uint64, clock: DayClock, minute: int) -> float:
    """Return the log price at the start of a minute; ``key`` is the ticker's own of the day."""
    closing = noise(key, clock.close_minute)
    if minute >= clock.close_minute:
        value = noise(key, minute) - closing
        drift = profile["drift"]
    else:
        opening = noise(key, 0)
        share = minute / clock.close_minute
        value = noise(key, minute) - opening - share * (closing - opening)
        drift = profile["drift"] * (GAP_SHARE + (1.0 - GAP_SHARE) * share)
    value = profile["level"] + drift + profile["volatility"] * value
    if profile["news_minute"] < NEVER:
        value += move(profile, float(minute))
    return float(value)


@compiled
def ripple(key: np.uint64, second: int) -> float:
    """Return what a second adds between its minute's start and end, in deviations of a day; 0 at both."""
    within = second % MINUTE
    point = second // RIPPLE_SECONDS
    share = (second - point * RIPPLE_SECONDS) / RIPPLE_SECONDS
    near = normal(mix(key, RIPPLE_STREAM + point))
    far = normal(mix(key, RIPPLE_STREAM + point + 1))
    window = 4.0 * within * (MINUTE - within) / (MINUTE * MINUTE)
    return RIPPLE_HEIGHT * window * (near + share * (far - near) + 0.5 * normal(mix(key, 2 * RIPPLE_STREAM + second)))

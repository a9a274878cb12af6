"""The second bars of one minute, ticker by ticker, in a compiled kernel; everything is a function of keys.

A minute's volume comes first (so that days of volumes are cheap), then the seconds in which the ticker trades, then
the volume is dealt to them, and each second's prices are read off the path. Prices and volumes are whole
ten-thousandths, so that sums over a minute are exact whatever their order.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from streams.feed.market_news import NEVER, burst
from streams.feed.market_path import MINUTE, DayClock
from streams.feed.market_random import compiled, mix, normal, uniform
from streams.feed.market_shape import REGULAR_SECONDS

UNITS: Final = 10_000
"""Ten-thousandths of a dollar in a dollar, and of a share in a share."""

BAR: Final = np.dtype(
    [
        ("ticker", np.int32),
        ("second", np.int32),  # start, since 04:00
        ("open", np.int64),
        ("high", np.int64),
        ("low", np.int64),
        ("close", np.int64),
        ("volume", np.int64),
        ("transactions", np.int64),
        ("value", np.float64),  # dollars
        ("delay", np.int32),  # minutes after which it is sent again corrected, 0 never
    ]
)

VOLUME_STREAM: Final = 1 << 24
SECOND_STREAM: Final = 1 << 25
CLUSTER_SECONDS: Final = 8.5
"""Trades come in clusters of eight or nine seconds, which leaves whole minutes empty between them."""
TRADES_OF_SECOND: Final = 0.85
BUSIEST: Final = 0.995
NEWS_FLOOR: Final = 0.1
"""On news even a quiet hour is not silent: this is the least pace that the burst multiplies."""
MOST_TRADES: Final = 80.0
"""Trades a second that no news exceeds."""
PENNY: Final = 100
AUCTION_CHANCE: Final = 0.8
CLOSING_PART: Final = 0.06
"""Share of a day's volume in the closing auction, whose trades print at the close."""


class Setting(NamedTuple):
    """What the kernels need of a day."""

    key: np.uint64
    clock: DayClock
    pace: npt.NDArray[np.float64]
    profiles: npt.NDArray[np.void]
    halts: npt.NDArray[np.void]
    first_halt: npt.NDArray[np.int64]


@compiled
def trade_rate(profile: np.void, setting: Setting, minute: int) -> float:
    """Return a ticker's expected trades per second in a minute."""
    pace = setting.pace[minute]
    regular = setting.clock.open_minute <= minute < setting.clock.close_minute
    if not regular:
        pace *= profile["extended"]
    if profile["news_minute"] < NEVER:
        factor = burst(profile, float(minute))
        if factor > 1.0:
            pace = max(pace, NEWS_FLOOR) * factor
            return min(float(profile["trades"] * profile["activity"] * pace), MOST_TRADES)
    return float(profile["trades"] * profile["activity"] * pace)


@compiled
def open_seconds(setting: Setting, ticker: int, minute: int) -> np.uint64:
    """Return the seconds of a minute in which the ticker may trade, one bit each."""
    mask = (np.uint64(1) << np.uint64(MINUTE)) - np.uint64(1)
    for number in range(setting.first_halt[ticker], setting.first_halt[ticker + 1]):
        halt = setting.halts[number]
        first = max(halt["start"] - minute * MINUTE, 0)
        last = min(halt["end"] - minute * MINUTE, MINUTE)
        for second in range(first, last):
            mask &= ~(np.uint64(1) << np.uint64(second))
    return mask


@compiled
def minute_volume(setting: Setting, ticker: int, key: np.uint64, minute: int) -> tuple[int, float, float]:
    """Return a ticker's volume in a minute (units, 0 = no bar), its chance of trading in a second, and its trades."""
    profile = setting.profiles[ticker]
    rate = trade_rate(profile, setting, minute)
    active = 1.0 - np.exp(-rate / TRADES_OF_SECOND)
    chance = 1.0 - np.exp(-MINUTE * active / CLUSTER_SECONDS)
    draw = mix(key, VOLUME_STREAM + minute)
    if uniform(draw) >= chance or open_seconds(setting, ticker, minute) == np.uint64(0):
        return 0, 0.0, 0.0
    noise = np.exp(0.5 * normal(mix(draw, 1)) - 0.125)
    trades = rate * MINUTE / chance
    shares = trades * profile["size"] * noise
    if minute == setting.clock.close_minute:
        shares += CLOSING_PART * REGULAR_SECONDS * profile["trades"] * profile["activity"] * profile["size"] * noise
    volume = int(shares * UNITS)
    if not profile["fractional"]:
        volume = volume // UNITS * UNITS
        return max(volume, UNITS), min(active / chance, BUSIEST), trades
    return max(volume, UNITS // 4), min(active / chance, BUSIEST), trades


@compiled
def choose_seconds(
    setting: Setting, ticker: int, key: np.uint64, minute: int, chance: float, seconds: npt.NDArray[np.int64]
) -> int:
    """Write the seconds (0-59) in which a ticker trades into ``seconds`` and return how many they are, at least one."""
    allowed = open_seconds(setting, ticker, minute)
    first = mix(key, SECOND_STREAM + minute)
    auction = minute in (setting.clock.open_minute, setting.clock.close_minute)
    count = 0
    for second in range(MINUTE):
        if not (allowed >> np.uint64(second)) & np.uint64(1):
            continue
        threshold = max(chance, AUCTION_CHANCE) if auction and second == 0 else chance
        if uniform(mix(first, second)) < threshold:
            seconds[count] = second
            count += 1
    if count == 0:
        second = int(first >> np.uint64(33)) % MINUTE
        while not (allowed >> np.uint64(second)) & np.uint64(1):
            second = (second + 1) % MINUTE
        seconds[0] = second
        count = 1
    return count


@compiled
def round_price(price: float, tick: int) -> int:
    """Return a price in units on its tick: ``tick`` units from a dollar on, one unit below, at least one."""
    units = price * UNITS
    if units < UNITS:
        return max(int(units + 0.5), 1)
    return int(units / tick + 0.5) * tick

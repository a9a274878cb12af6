"""The kernel that makes a minute of second bars, and the one that adds bars up to longer ones."""

from typing import Final

import numpy as np
import numpy.typing as npt

from streams.feed.market_bars import UNITS, Setting, choose_seconds, minute_volume, round_price
from streams.feed.market_path import MINUTE, log_price_at_minute, ripple
from streams.feed.market_random import compiled, mix, uniform

BAR_STREAM: Final = 1 << 26
AUCTION_SHARES: Final = (0.3, 0.9)
"""Share of the first minute's volume in the opening auction, and of the minute after the close in the closing one."""
CORRECTED_SHARE: Final = 0.008
DELAYS: Final = (1, 1, 2, 2, 5, 9, 14)
"""Minutes after which a corrected bar is sent again: never more than 15 minutes after it began."""
FINE_SHARE: Final = 0.03
LIMIT_SECONDS: Final = 75
"""How long before a pause the price keeps within the band."""
FIELD: Final = np.uint64(0xFFFF)


@compiled
def fill_minute(setting: Setting, minute: int, corrected: bool, bars: npt.NDArray[np.void]) -> int:  # noqa: FBT001
    """Write a minute's second bars into ``bars``, by ticker and second, and return how many they are.

    With ``corrected``, bars that are sent again later are written as they will be then.
    """
    seconds = np.empty(MINUTE, np.int64)
    count = 0
    for ticker in range(len(setting.profiles)):
        key = mix(setting.key, ticker)
        volume, chance, trades = minute_volume(setting, ticker, key, minute)
        if volume == 0:
            continue
        smallest = UNITS // 100 if setting.profiles[ticker]["fractional"] else UNITS
        many = choose_seconds(setting, ticker, key, minute, chance, seconds)
        many = min(many, volume // smallest)
        part = bars[count : count + many]
        for place in range(many):
            part[place]["ticker"] = ticker
            part[place]["second"] = minute * MINUTE + seconds[place]
        deal(setting, key, minute, volume, int(trades), smallest, part)
        price(setting, ticker, key, minute, part)
        settle_corrections(key, smallest, corrected, part)
        count += many
    return count


@compiled
def deal(
    setting: Setting, key: np.uint64, minute: int, volume: int, trades: int, smallest: int, bars: npt.NDArray[np.void]
) -> None:
    """Deal a minute's volume (units) and trades to its seconds; each trade is at least ``smallest`` units."""
    many = len(bars)
    weights = np.empty(many)
    for place in range(many):
        draw = mix(key, BAR_STREAM + 4 * bars[place]["second"])
        weights[place] = 1.0 / (0.04 + uniform(draw))
    total = weights.sum()
    if many > 1 and bars[0]["second"] == setting.clock.open_minute * MINUTE:
        weights[0] = AUCTION_SHARES[0] / (1.0 - AUCTION_SHARES[0]) * total
    if many > 1 and bars[0]["second"] == setting.clock.close_minute * MINUTE:
        weights[0] = AUCTION_SHARES[1] / (1.0 - AUCTION_SHARES[1]) * total
    total = weights.sum()
    extra = max(min(trades, volume // smallest) - many, 0)
    left = volume
    for place in range(many):
        bars[place]["transactions"] = 1 + int(extra * weights[place] / total)
        left -= bars[place]["transactions"] * smallest
    spare = left
    for place in range(many):
        share = int(spare * weights[place] / total)
        if smallest == UNITS:
            share = share // UNITS * UNITS
        bars[place]["volume"] = bars[place]["transactions"] * smallest + share
        left -= share
    bars[np.argmax(weights)]["volume"] += left


@compiled
def price(setting: Setting, ticker: int, key: np.uint64, minute: int, bars: npt.NDArray[np.void]) -> None:
    """Read each second's prices off the ticker's path: the open at its start, the close at its end."""
    profile = setting.profiles[ticker]
    start = log_price_at_minute(profile, key, setting.clock, minute)
    slope = (log_price_at_minute(profile, key, setting.clock, minute + 1) - start) / MINUTE
    spread = profile["spread"]
    volatility = profile["volatility"]
    for place in range(len(bars)):
        bar = bars[place]
        second = bar["second"]
        within = second - minute * MINUTE
        draw = mix(key, BAR_STREAM + 4 * second + 1)
        fine = uniform(mix(draw, 1)) < FINE_SHARE
        low, high = limits(setting, ticker, second)
        end = np.exp(start + slope * (within + 1) + volatility * ripple(key, second + 1))
        last = clamp(round_price(end * (1.0 + spread * side(draw, 0)), fine), low, high)
        first = last
        if bar["transactions"] > 1:
            begin = np.exp(start + slope * within + volatility * ripple(key, second))
            first = clamp(round_price(begin * (1.0 + spread * side(draw, 16)), False), low, high)
        bar["open"] = first
        bar["close"] = last
        bar["high"] = max(first, last)
        bar["low"] = min(first, last)
        stretch(bar, spread, draw, low, high)


@compiled
def stretch(bar: np.void, spread: float, draw: np.uint64, lowest: int, highest: int) -> None:
    """Let the prices between the first and the last trade go beyond both, where there are any, and set the value."""
    above = abs(side(draw, 32)) * 1.5 * spread
    below = abs(side(draw, 48)) * 1.5 * spread
    if bar["transactions"] > 3 or (bar["transactions"] == 3 and above > below):  # noqa: PLR2004 - open, close, high, low
        bar["high"] = max(bar["high"], min(round_price(bar["high"] / UNITS * (1.0 + above), False), highest))
    if bar["transactions"] > 3 or (bar["transactions"] == 3 and above <= below):  # noqa: PLR2004
        bar["low"] = min(bar["low"], max(round_price(bar["low"] / UNITS * (1.0 - below), False), lowest))
    middle = 0.25 * (bar["open"] + bar["close"] + bar["high"] + bar["low"])
    bar["value"] = int(middle + 0.5) * (bar["volume"] / (UNITS * UNITS))


@compiled
def side(draw: np.uint64, shift: int) -> float:
    """Return 16 of the bits as a number from -1 to 1."""
    return float((draw >> np.uint64(shift)) & FIELD) / 32768.0 - 1.0


@compiled
def clamp(value: int, low: int, high: int) -> int:
    """Return the value, or the limit that it exceeds."""
    return min(max(value, low), high)


@compiled
def limits(setting: Setting, ticker: int, second: int) -> tuple[int, int]:
    """Return the lowest and the highest price (units) at a second: those of the band where a pause is near."""
    low, high = 1, 1 << 60
    for number in range(setting.first_halt[ticker], setting.first_halt[ticker + 1]):
        halt = setting.halts[number]
        if halt["start"] - LIMIT_SECONDS <= second < halt["start"]:
            low, high = halt["low"], halt["high"]
    return low, high


@compiled
def settle_corrections(key: np.uint64, smallest: int, corrected: bool, bars: npt.NDArray[np.void]) -> None:  # noqa: FBT001
    """Choose the bars that will be sent again, and with ``corrected`` change them as late trades do."""
    for place in range(len(bars)):
        bar = bars[place]
        draw = mix(key, BAR_STREAM + 4 * bar["second"] + 2)
        if uniform(draw) >= CORRECTED_SHARE:
            bar["delay"] = 0
            continue
        draw = mix(draw, 1)
        bar["delay"] = DELAYS[int(draw >> np.uint64(40)) % len(DELAYS)]
        if not corrected:
            continue
        late = max(int(bar["volume"] * 0.3 * abs(side(draw, 0))) // smallest, 1) * smallest
        bar["value"] += late * bar["close"] / (UNITS * UNITS)
        bar["volume"] += late
        bar["transactions"] += 1
        tick = 100 if bar["low"] > UNITS else 1
        if side(draw, 16) > 0.0:
            bar["high"] += tick
            bar["close"] = bar["high"] if side(draw, 32) > 0.0 else bar["close"]
        elif bar["low"] > tick:
            bar["low"] -= tick


@compiled
def add_up(bars: npt.NDArray[np.void], seconds: int, sums: npt.NDArray[np.void]) -> int:
    """Add bars (by ticker, then second) up to bars of ``seconds`` in ``sums`` and return how many they are."""
    count = 0
    for number in range(len(bars)):
        bar = bars[number]
        start = bar["second"] // seconds * seconds
        if count > 0 and sums[count - 1]["ticker"] == bar["ticker"] and sums[count - 1]["second"] == start:
            whole = sums[count - 1]
            whole["high"] = max(whole["high"], bar["high"])
            whole["low"] = min(whole["low"], bar["low"])
            whole["close"] = bar["close"]
            whole["volume"] += bar["volume"]
            whole["transactions"] += bar["transactions"]
            whole["value"] += bar["value"]
            whole["delay"] = max(whole["delay"], bar["delay"])
        else:
            sums[count] = bar
            sums[count]["second"] = start
            count += 1
    return count


@compiled
def volumes_of_minute(setting: Setting, minute: int, volumes: npt.NDArray[np.int64]) -> None:
    """Write every ticker's volume (units) in a minute, 0 without a bar, without making its seconds."""
    for ticker in range(len(setting.profiles)):
        volumes[ticker] = minute_volume(setting, ticker, mix(setting.key, ticker), minute)[0]

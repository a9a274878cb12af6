"""The kernel that makes a minute of second bars, and the one that adds bars up to longer ones."""

from typing import Final

import numpy as np
import numpy.typing as npt

from streams.feed.market_bars import PENNY, UNITS, Setting, choose_seconds, minute_volume, round_price
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
LATE_BITS: Final = np.uint64(3)


@compiled
def fill_minute(setting: Setting, minute: int, bars: npt.NDArray[np.void]) -> int:
    """Write a minute's second bars as first sent into ``bars``, by ticker and second; return how many they are."""
    seconds = np.empty(MINUTE, np.int64)
    count = 0
    for ticker in range(len(setting.profiles)):
        key = mix(setting.key, ticker)
        volume, chance, trades = minute_volume(setting, ticker, key, minute)
        if volume == 0:
            continue
        smallest = smallest_trade(setting.profiles[ticker])
        many = choose_seconds(setting, ticker, key, minute, chance, seconds)
        many = min(many, volume // smallest)
        part = bars[count : count + many]
        for place in range(many):
            part[place]["ticker"] = ticker
            part[place]["second"] = minute * MINUTE + seconds[place]
            draw = mix(key, BAR_STREAM + 4 * part[place]["second"] + 2)
            part[place]["delay"] = (
                DELAYS[int(draw >> LATE_BITS) % len(DELAYS)] if uniform(draw) < CORRECTED_SHARE else 0
            )
        deal(setting, key, volume, int(trades), part)
        price(setting, key, minute, part)
        count += many
    return count


@compiled
def smallest_trade(profile: np.void) -> int:
    """Return the least volume (units) of one trade: a share, or a hundredth where parts of shares trade."""
    return UNITS // 100 if profile["fractional"] else UNITS


@compiled
def deal(setting: Setting, key: np.uint64, volume: int, trades: int, bars: npt.NDArray[np.void]) -> None:
    """Deal a ticker's volume (units) and trades in a minute to its seconds."""
    many = len(bars)
    smallest = smallest_trade(setting.profiles[bars[0]["ticker"]])
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
def price(setting: Setting, key: np.uint64, minute: int, bars: npt.NDArray[np.void]) -> None:
    """Read each second's prices off the ticker's path: the open at its start, the close at its end."""
    ticker = bars[0]["ticker"]
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
        tick = 1 if uniform(mix(draw, 1)) < FINE_SHARE else PENNY
        low, high = limits(setting, ticker, second)
        end = np.exp(start + slope * (within + 1) + volatility * ripple(key, second + 1))
        last = clamp(round_price(end * (1.0 + spread * side(draw, 0)), tick), low, high)
        first = last
        if bar["transactions"] > 1:
            begin = np.exp(start + slope * within + volatility * ripple(key, second))
            first = clamp(round_price(begin * (1.0 + spread * side(draw, 16)), PENNY), low, high)
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
        bar["high"] = max(bar["high"], min(round_price(bar["high"] / UNITS * (1.0 + above), PENNY), highest))
    if bar["transactions"] > 3 or (bar["transactions"] == 3 and above <= below):  # noqa: PLR2004
        bar["low"] = min(bar["low"], max(round_price(bar["low"] / UNITS * (1.0 - below), PENNY), lowest))
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
def correct(setting: Setting, bars: npt.NDArray[np.void]) -> None:
    """Change the bars that are sent again, in place, as late trades do: more volume, a new extreme or close."""
    for place in range(len(bars)):
        bar = bars[place]
        if bar["delay"] == 0:
            continue
        draw = mix(mix(setting.key, bar["ticker"]), BAR_STREAM + 4 * bar["second"] + 3)
        smallest = smallest_trade(setting.profiles[bar["ticker"]])
        late = max(int(bar["volume"] * 0.3 * abs(side(draw, 0))) // smallest, 1) * smallest
        tick = PENNY if bar["low"] > UNITS else 1
        if side(draw, 16) > 0.0:
            bar["high"] += tick
            bar["close"] = bar["high"] if side(draw, 32) > 0.0 else bar["close"]
        elif bar["low"] > tick:
            bar["low"] -= tick
        bar["value"] += late * (bar["close"] / (UNITS * UNITS))
        bar["volume"] += late
        bar["transactions"] += 1


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

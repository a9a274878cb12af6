"""Volatility pauses: a price that leaves its limit-up limit-down band stops trading for five minutes.

Only tickers with news can move that far, so only they are looked at, in the regular session but its last ten minutes.
The band lies about the mean price of the last five minutes: 10 % above $3, 20 % from $0.75, below that 75 % but at
most $0.15. The price waits at the limit for 15 seconds, then halts, then reopens wherever its path has gone.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from schemas.records import Halt
from streams.feed.market_news import NEVER
from streams.feed.market_path import DayClock, log_price_at_minute
from streams.feed.market_random import compiled, mix

if TYPE_CHECKING:
    from streams.feed.market_model import Market

HALT: Final = np.dtype(
    [
        ("ticker", np.int64),  # number of the ticker
        ("start", np.int64),  # second since 04:00, the first without trades
        ("end", np.int64),  # second since 04:00, the first with trades again
        ("low", np.int64),  # the band, in ten-thousandths of a dollar
        ("high", np.int64),
        ("up", np.bool_),
    ]
)
UNITS: Final = 10_000
PENNY: Final = 100
PAUSE_SECONDS: Final = 300
LIMIT_SECONDS: Final = 15
REFERENCE_MINUTES: Final = 5
LAST_MINUTES: Final = 10
MOST_HALTS: Final = 24
SECOND_MS: Final = 1000


def halts_of(profiles: npt.NDArray[np.void], key: np.uint64, clock: DayClock) -> npt.NDArray[np.void]:
    """Return a day's pauses sorted by ticker and time, with ``HALT``; ``key`` is the day's."""
    found = np.zeros(MOST_HALTS, HALT)
    parts = [np.zeros(0, HALT)]
    for index in np.flatnonzero(profiles["news_minute"] < NEVER):
        count = _halts_of_ticker(profiles[index], np.uint64(mix(key, int(index))), clock, found)
        part = found[:count].copy()
        part["ticker"] = index
        parts.append(part)
    return np.concatenate(parts)


def halt_records(market: "Market") -> list[Halt]:
    """Return a day's pauses as the exchange's feed lists them, by event time: when one begins, and when it has ended.

    Orders may be quoted from the beginning of a pause on, so the feed's own quote time is that of the halt (estimate).
    """
    records = []
    for halt in market.halts():
        halted, traded = (market.day.start + int(halt[name]) * SECOND_MS for name in ("start", "end"))
        for said, trade_time in ((halted, None), (traded, traded)):
            records.append(
                Halt(
                    ticker=market.symbols[int(halt["ticker"])],
                    event_time=said,
                    halt_time=halted,
                    reason="LUDP",
                    pause_price=int(halt["high" if halt["up"] else "low"]) / UNITS,
                    quote_time=halted,
                    trade_time=trade_time,
                    received_time=said,
                )
            )
    return sorted(records, key=lambda record: record.event_time)


@compiled
def band_percent(price: float) -> float:
    """Return how far a price may go from its reference, as a share of it."""
    if price > 3.0:  # noqa: PLR2004 - the rule's own figures
        return 0.1
    if price >= 0.75:  # noqa: PLR2004
        return 0.2
    return min(0.15 / price, 0.75)


@compiled
def _halts_of_ticker(profile: np.void, key: np.uint64, clock: DayClock, found: npt.NDArray[np.void]) -> int:
    """Write one ticker's pauses into ``found`` and return how many they are."""
    count = 0
    since = clock.open_minute
    minute = clock.open_minute
    while minute < clock.close_minute - LAST_MINUTES and count < MOST_HALTS:
        total = 0.0
        first = max(since, minute - REFERENCE_MINUTES + 1)
        for earlier in range(first, minute + 1):
            total += np.exp(log_price_at_minute(profile, key, clock, earlier))
        reference = total / (minute + 1 - first)
        share = band_percent(reference)
        ahead = np.exp(log_price_at_minute(profile, key, clock, minute + 1))
        if abs(ahead - reference) <= share * reference:
            minute += 1
            continue
        limit = reference * (1.0 + share if ahead > reference else 1.0 - share)
        now = np.exp(log_price_at_minute(profile, key, clock, minute))
        crossed = int(60.0 * min(max((limit - now) / (ahead - now), 0.0), 0.99))
        halt = found[count]
        halt["start"] = minute * 60 + crossed + LIMIT_SECONDS
        halt["end"] = halt["start"] + PAUSE_SECONDS
        tick = PENNY if reference >= 1.0 else 1
        halt["low"] = int(np.ceil(reference * (1.0 - share) * UNITS / tick)) * tick
        halt["high"] = int(reference * (1.0 + share) * UNITS / tick) * tick
        halt["up"] = ahead > reference
        count += 1
        minute = halt["end"] // 60 + 1
        since = minute
    return count

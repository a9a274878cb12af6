"""Quotes of the synthetic market: the best bid and offer as they stand at the end of each second with a trade."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from streams.feed.market_bars import PENNY, UNITS, Setting
from streams.feed.market_columns import SECOND_MS, Columns
from streams.feed.market_path import MINUTE
from streams.feed.market_random import key_of, uniforms

ROUND_LOT: Final = 100
MOST_LOTS: Final = 40
VENUES: Final = np.array((12, 11, 10, 19, 8, 21, 15, 1), np.int64)
"""Ids of the exchanges that quote."""


@dataclass(frozen=True, slots=True)
class Quotes(Columns):
    """Quotes by (time, ticker): prices in dollars, 0 for no bid, sizes in shares, times in ms since the epoch (UTC)."""

    ticker: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]
    bid: npt.NDArray[np.float64]
    bid_size: npt.NDArray[np.int64]
    bid_exchange: npt.NDArray[np.int64]
    ask: npt.NDArray[np.float64]
    ask_size: npt.NDArray[np.int64]
    ask_exchange: npt.NDArray[np.int64]
    sequence: npt.NDArray[np.int64]


def quotes_of(setting: Setting, bars: npt.NDArray[np.void], minute: int, day_start: int) -> Quotes:
    """Return a minute's quotes, one for each of its raw second bars: the last trade was at the bid or at the offer."""
    bars = bars[np.argsort((bars["second"] - minute * MINUTE).astype(np.int16), kind="stable")]
    count = len(bars)
    draws = [uniforms(key_of(int(setting.key), 45, minute, which), count) for which in range(5)]
    tick = np.where(bars["close"] >= UNITS, PENNY, 1)
    spread = 2 * setting.profiles["spread"][bars["ticker"]] * bars["close"]
    width = np.maximum(np.rint(spread / tick).astype(np.int64), 1) * tick
    bid = bars["close"] - np.where(draws[0] < 0.5, width, 0)  # noqa: PLR2004 - one side as often as the other
    lots = [(1 + MOST_LOTS * draw**4).astype(np.int64) * ROUND_LOT for draw in draws[1:3]]
    venues = [VENUES[(draw * len(VENUES)).astype(np.int64)] for draw in draws[3:]]
    return Quotes(
        ticker=bars["ticker"].astype(np.int32),
        time=day_start + (bars["second"].astype(np.int64) + 1) * SECOND_MS - 1,
        bid=np.maximum(bid, 0) / UNITS,
        bid_size=np.where(bid > 0, lots[0], 0),
        bid_exchange=venues[0],
        ask=(bid + width) / UNITS,
        ask_size=lots[1],
        ask_exchange=venues[1],
        sequence=minute * 10_000_000 + np.arange(count, dtype=np.int64) * 7 + 2,
    )

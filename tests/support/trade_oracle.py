"""The independent oracle of trades: every metric and event, computed anew from the list of a ticker's trades.

It shares no code with the project: rules, windows and formulas are spelled out again from the definitions, in the most
direct way, so that a mistake would have to be made twice to go unseen.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

REGULAR: Final = {0, 1, 3, 4, 6, 8, 9, 11, 14, 17, 18, 19, 23, 24, 25, 27, 28, 31, 34, 35, 36, 41, 55}
NO_LAST: Final = {5, 10, 22, 29, 30, 32, 33}
NO_PRICE: Final = {2, 7, 12, 13, 20, 21, 37, 52, 53}
NOTHING: Final = {15, 16}
CORRECTED_CLOSE: Final = 38
KNOWN: Final = REGULAR | NO_LAST | NO_PRICE | NOTHING | {CORRECTED_CLOSE}
VARIANTS: Final = ((20, 3.5), (60, 2.0))
BEHIND: Final = 64
KEPT: Final = 1000


class Print(NamedTuple):
    """One trade: ms since the epoch, dollars, shares."""

    time: int
    price: float
    size: float
    conditions: tuple[int, ...] = ()
    exchange: int | None = None


class May(NamedTuple):
    """What a trade may change."""

    extremes: bool
    last: bool
    volume: bool


class Counted(NamedTuple):
    """A trade and what was found when it came."""

    trade: Print
    second: int
    volume: bool
    tick: bool
    sign: int
    kept: bool
    """Whether it counts in the seconds, too."""


class Event(NamedTuple):
    """A run of the price."""

    up: bool
    seconds: int
    time: int
    price: float
    level: float
    value: float
    number: int
    """How many of its kind there were on the date."""


def may(conditions: Sequence[int], *, regular_session: bool) -> May:
    """Return what a trade with these conditions may change."""
    ids = set(conditions)
    if not regular_session and 37 not in ids:
        ids -= {12}
    strange = bool(ids - KNOWN)
    volume = not ids & (NOTHING | {CORRECTED_CLOSE})
    extremes = not ids & (NO_PRICE | NOTHING) and not strange
    return May(extremes, extremes and not ids & NO_LAST, volume)


def second_of(time: int) -> int:
    """Return the second that ends at or after a time."""
    return math.ceil(time / 1000)


class TradeOracle:
    """The trades of one ticker on one trading date, in the order in which they came."""

    def __init__(self, opens: int, closes: int, atr: float | None = None) -> None:
        """Begin without trades; the edges are those of the regular session."""
        self.edges = (opens, closes)
        self.atr = atr
        self.counted: list[Counted] = []
        self.ticks: list[Counted] = []
        self.events: list[Event] = []
        self._last_of: dict[int, float] = {}
        self._newest = 0

    def add(self, trade: Print, clock: int = 0) -> None:
        """Take the next trade, which came when the feed's clock stood at ``clock``."""
        allowed = may(trade.conditions, regular_session=self.edges[0] <= trade.time < self.edges[1])
        tick = allowed.last and (not self.ticks or trade.time >= self.ticks[-1].trade.time)
        second = second_of(trade.time)
        kept = second > max(self._newest, second_of(clock)) - BEHIND
        found = Counted(trade, second, allowed.volume, tick, self._sign(trade.price) if tick else 0, kept)
        self.counted.append(found)
        if kept:
            self._newest = max(self._newest, second)
        if tick:
            self.ticks.append(found)
        if tick and kept:
            self._last_of[second] = trade.price
            if second == self._newest:
                self._look_for_runs(found)

    def _sign(self, price: float) -> int:
        """Return the side of a tick."""
        if not self.ticks:
            return 0
        before = self.ticks[-1]
        return (price > before.trade.price) - (price < before.trade.price) or before.sign

    def price_at(self, second: int) -> float | None:
        """Return the price that stood at the end of a second."""
        place = bisect_right(self.ticks, second, key=lambda tick: tick.second)
        return self.ticks[place - 1].trade.price if place else None

    def momentum(self, second: int, seconds: int) -> float | None:
        """Return the move of the last seconds in dollars per minute."""
        level = self.price_at(second - seconds)
        return None if level is None else (self.ticks[-1].trade.price - level) * (60 / seconds)

    def running(self, second: int, seconds: int) -> float | None:
        """Return the same in usual moves of a minute."""
        speed = self.momentum(second, seconds)
        return None if speed is None or not self.atr else speed / (self.atr / math.sqrt(390))

    def _look_for_runs(self, found: Counted) -> None:
        """Add the events that a tick makes."""
        for seconds, threshold in VARIANTS:
            value = self.running(found.second, seconds)
            level = self.price_at(found.second - seconds)
            if value is None or level is None or abs(value) < threshold:
                continue
            prices = [self._last_of.get(found.second - back) for back in range(seconds - 1, -1, -1)]
            path = [level, *(price for price in prices if price is not None)]
            steps = [after - before for before, after in pairwise(path) if after != before]
            along = [step for step in steps if step * value > 0]
            earlier = [event for event in self.events if event.seconds == seconds and event.up == (value > 0)]
            cold = not earlier or found.trade.time - earlier[-1].time >= 60_000
            if len(steps) >= 3 and len(along) * 4 >= len(steps) * 3 and cold:
                count = len(earlier) + 1
                self.events.append(Event(value > 0, seconds, found.trade.time, found.trade.price, level, value, count))

    def metrics(self, time: int) -> dict[str, float | None]:
        """Return every metric at an instant that no trade is after."""
        return {**self._day(), **self._minute(second_of(time)), **self._moves(second_of(time)), **self._recent()}

    def _day(self) -> dict[str, float | None]:
        """Return what is known of the day."""
        volume = [found.trade for found in self.counted if found.volume]
        largest = min(volume, key=lambda trade: (-trade.size, trade.time), default=None)
        last = self.ticks[-1].trade if self.ticks else None
        return {
            "last_trade_price": last and last.price,
            "last_trade_time": last and last.time,
            "trades": len(volume) or None,
            "trade_volume": math.fsum(trade.size for trade in volume) if volume else None,
            "largest_print": largest and largest.size,
            "largest_print_value": largest and largest.price * largest.size,
            "largest_print_time": largest and largest.time,
        }

    def _minute(self, second: int) -> dict[str, float | None]:
        """Return what is known of the last 60 seconds."""
        any_volume = any(found.volume for found in self.counted)
        minute = [item for item in self.counted if item.volume and item.kept and second - 60 < item.second <= second]
        sizes = [item.trade.size for item in minute]
        bought = math.fsum(item.trade.size for item in minute if item.sign > 0)
        sold = math.fsum(item.trade.size for item in minute if item.sign < 0)
        return {
            "trades_per_second": len(sizes) / 60 if any_volume else None,
            "mean_trade_size": math.fsum(sizes) / len(sizes) if sizes else None,
            "largest_trade_size": max(sizes, default=None),
            "buy_pressure_pct": 100 * (bought - sold) / (bought + sold) if bought + sold > 0 else None,
        }

    def _moves(self, second: int) -> dict[str, float | None]:
        """Return how fast the price moves."""
        return {
            "momentum_20s": self.momentum(second, 20),
            "momentum_60s": self.momentum(second, 60),
            "running_20s": self.running(second, 20),
            "running_60s": self.running(second, 60),
        }

    def last_trades(self) -> list[Print]:
        """Return the last trades that carry volume, in the order in which they came."""
        return [found.trade for found in self.counted if found.volume][-KEPT:]

    def _recent(self) -> dict[str, float | None]:
        """Return the statistics of the last 1,000 trades."""
        kept = self.last_trades()
        sizes, times = [trade.size for trade in kept], [trade.time for trade in kept]
        return {
            "recent_trades": len(kept) or None,
            "recent_trades_volume": math.fsum(sizes) if kept else None,
            "recent_trades_mean_size": math.fsum(sizes) / len(kept) if kept else None,
            "recent_trades_largest_size": max(sizes, default=None),
            "recent_trades_seconds": (max(times) - min(times)) / 1000 if kept else None,
        }

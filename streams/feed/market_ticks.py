"""A market's day as the vendor sends it: second by second, each channel's messages when they are due.

What happened in a second is due at its end: trades, quotes, bands and pauses, the second's bars; at the end of a minute
its bars; and whatever is sent again corrected. A channel's minute is made when somebody first asks for it.
"""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from streams.feed.market_bands import Bands
from streams.feed.market_columns import SECOND_MS, Bars, Columns
from streams.feed.market_model import Market
from streams.feed.market_path import MINUTE
from streams.feed.market_quotes import Quotes
from streams.feed.market_trades import Trades
from streams.feed.massive_messages import (
    Message,
    aggregate_messages,
    limit_messages,
    quote_messages,
    trade_messages,
)

CHANNELS: Final = ("T", "Q", "LULD", "A", "AM")
"""Channels with data, in the order in which a second's messages are sent."""
LATE_MINUTE_SECOND: Final = 30
NANOSECONDS: Final = 1_000_000

Part = TypeVar("Part", bound=Columns)


class Ticks:
    """The messages of a market's day by channel and second (since 04:00)."""

    def __init__(self, market: Market) -> None:
        """Make nothing yet."""
        self._market = market
        start = market.day.start
        self._trades = _BySecond[Trades](start, lambda minute: _timed(found := market.trades(minute), found.time))
        self._quotes = _BySecond[Quotes](start, lambda minute: _timed(found := market.quotes(minute), found.time))
        self._bands = _BySecond[Bands](
            start, lambda minute: _timed(found := market.bands(minute), found.time_ns // NANOSECONDS)
        )
        self._bars = _BySecond[Bars](start, lambda minute: _timed(found := market.second_bars(minute), found.start))
        self._late = _BySecond[Bars](start, market.corrections)

    def due(self, channel: str, second: int) -> list[Message]:
        """Return a channel's messages due at the end of a second; raise ``KeyError`` for a channel without data."""
        makers: dict[str, Callable[[int], list[Message]]] = {
            "T": self._due_trades,
            "Q": self._due_quotes,
            "LULD": self._due_bands,
            "A": self._due_bars,
            "AM": self._due_minute_bars,
        }
        if second < self._market.minutes * MINUTE:
            return makers[channel](second)
        # After the end only corrections come, until the last bar can be corrected no more.
        return self._corrected_after_the_end(channel, second)

    def _corrected_after_the_end(self, channel: str, second: int) -> list[Message]:
        if channel == "A":
            return [*aggregate_messages("A", self._market, self._late.part(second))]
        if channel == "AM" and second % MINUTE == LATE_MINUTE_SECOND:
            return [*aggregate_messages("AM", self._market, self._market.minute_corrections(second // MINUTE))]
        return []

    def _due_trades(self, second: int) -> list[Message]:
        return [*trade_messages(self._market.names, self._market.tapes, self._trades.part(second))]

    def _due_quotes(self, second: int) -> list[Message]:
        return [*quote_messages(self._market.names, self._market.tapes, self._quotes.part(second))]

    def _due_bands(self, second: int) -> list[Message]:
        return [*limit_messages(self._market.names, self._market.tapes, self._bands.part(second))]

    def _due_bars(self, second: int) -> list[Message]:
        bars, late = self._bars.part(second), self._late.part(second)
        return [*aggregate_messages("A", self._market, bars), *aggregate_messages("A", self._market, late)]

    def _due_minute_bars(self, second: int) -> list[Message]:
        minute, within = divmod(second, MINUTE)
        if within == MINUTE - 1:
            return [*aggregate_messages("AM", self._market, self._market.minute_bars(minute))]
        if within == LATE_MINUTE_SECOND:
            return [*aggregate_messages("AM", self._market, self._market.minute_corrections(minute))]
        return []


class _BySecond(Generic[Part]):
    """Columns made a minute at a time and given out a second at a time."""

    def __init__(self, day_start: int, make: Callable[[int], tuple[npt.NDArray[np.int64], Part]]) -> None:
        self._day_start = day_start
        self._make = make
        self._minute = -1
        self._columns: Part | None = None
        self._edges: list[int] = []

    def part(self, second: int) -> Part:
        """Return the rows that belong to a second since 04:00."""
        minute, within = divmod(second, MINUTE)
        if minute != self._minute or self._columns is None:
            times, self._columns = self._make(minute)
            starts = self._day_start + (minute * MINUTE + np.arange(MINUTE + 1)) * SECOND_MS
            self._edges = np.searchsorted(times, starts).tolist()
            self._minute = minute
        rows = slice(self._edges[within], self._edges[within + 1])
        return self._columns.take(rows)


def _timed(columns: Part, times: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Part]:
    return times, columns

"""Looks a ticker up that nobody knew before the day: once, however many ask, and not again soon where there is nothing.

Never called from inside an agent: what it finds goes to the topic ``reference`` and comes to the workers from there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from schemas import clock
from schemas.records import Reference
from streams.feed import massive_rest_parts as parts
from streams.feed.daily_bars import no_bars
from streams.feed.daily_measures import SESSIONS, history_days, measures
from streams.feed.massive_rest import MassiveRest
from streams.feed.massive_rest_protocol import NotInPlanError
from streams.feed.reference_builder import build_references
from streams.feed.reference_facts import Facts
from streams.feed.splits import no_splits
from streams.market.session import TradingDay

UNKNOWN_SECONDS: Final = 1800.0
"""A ticker that the vendor does not know is asked for again after so long."""

Fetch = Callable[[str], Awaitable[Reference | None]]


class TickerLookup:
    """Answers of one trading date; the rate and the repetitions are the business of whoever fetches."""

    def __init__(
        self, fetch: Fetch, unknown_seconds: float = UNKNOWN_SECONDS, now: Callable[[], float] = clock.monotonic
    ) -> None:
        """Take what fetches a ticker, how long a negative answer holds, and a steady clock in seconds."""
        self._fetch = fetch
        self._unknown_seconds = unknown_seconds
        self._now = now
        self._found: dict[str, Reference] = {}
        self._unknown_until: dict[str, float] = {}
        self._under_way: dict[str, asyncio.Task[Reference | None]] = {}

    async def get(self, ticker: str) -> Reference | None:
        """Return a ticker's reference, ``None`` where the vendor has none.

        Concurrent callers share one request, which outlives a caller that is cancelled. What goes wrong in it is raised
        to all of them and not remembered.
        """
        found = self._found.get(ticker)
        if found is not None or self._now() < self._unknown_until.get(ticker, float("-inf")):
            return found
        task = self._under_way.get(ticker)
        if task is None:
            task = self._under_way[ticker] = asyncio.create_task(self._look_up(ticker), name=f"look up {ticker}")
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_up(self, ticker: str) -> Reference | None:
        """Fetch and remember."""
        try:
            found = await self._fetch(ticker)
        finally:
            del self._under_way[ticker]
        if found is None:
            self._unknown_until[ticker] = self._now() + self._unknown_seconds
        else:
            self._found[ticker] = found
        return found


async def fetch_reference(
    rest: MassiveRest, ticker: str, day: TradingDay, sessions: int = SESSIONS
) -> Reference | None:
    """Return a ticker's reference for a trading date by requests of its own, ``None`` where the vendor has none.

    Parts that are not in the plan are left out; raises ``RestError`` where the API cannot be used.
    """
    days = history_days(day, sessions)
    bars = await _or(parts.ticker_bars(rest, ticker, days), no_bars())
    facts: list[Facts] = [await _or(parts.detail(rest, ticker), {})]
    if bars.is_empty() and not facts[0]:
        return None
    splits = await _or(parts.splits(rest, days[0].date, day.date, ticker), no_splits())
    facts.append(await _or(parts.floats(rest, ticker), {}))
    facts.append(await _or(parts.short_interest(rest, day.date, ticker), {}))
    records = build_references(measures(bars, splits, day, sessions, days), facts, (), day, listed=(ticker,))
    return next((record for record in records if record.ticker == ticker), None)


async def _or(asked: Awaitable[parts.Part], otherwise: parts.Part) -> parts.Part:
    """Return a part, or something else where the plan has it not."""
    try:
        return await asked
    except NotInPlanError:
        return otherwise

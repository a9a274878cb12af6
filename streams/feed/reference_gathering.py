"""Gathers over the vendor's REST API what the references of a trading date are made of, part by part."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import polars as pl

from schemas import clock
from schemas.records import TradeCondition
from streams.feed import massive_rest_parts as parts
from streams.feed.daily_bars import no_bars
from streams.feed.daily_measures import history_days, missing_sessions
from streams.feed.massive_rest import MassiveRest
from streams.feed.massive_rest_protocol import NotInPlanError
from streams.feed.reference_calendar import calendar_differences
from streams.feed.reference_facts import Facts
from streams.feed.splits import no_splits
from streams.market.session import TradingDay, day_index_at, to_ms, trading_days

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Tell = Callable[[str, int, int], None]
"""Called with a stage, the steps done and the steps there are."""
Found = TypeVar("Found")

CLOCK_TOLERANCE_MS: Final = 60_000
AT_ONCE: Final = 16


@dataclass(slots=True)
class Gathered:
    """What sources say; ``notes`` are lines for people, on what is missing or doubtful."""

    bars: pl.DataFrame = field(default_factory=no_bars)
    splits: pl.DataFrame = field(default_factory=no_splits)
    facts: list[Facts] = field(default_factory=list)
    listed: frozenset[str] = frozenset()
    conditions: list[TradeCondition] = field(default_factory=list)
    closes: dict[str, float] = field(default_factory=dict)
    """The vendor's own previous closes, to be compared; nothing where they are not of the trading date."""
    notes: list[str] = field(default_factory=list)


class Gathering:
    """One run over the API; a part that the plan has not is a note, what is asked is cached by the client."""

    def __init__(self, rest: MassiveRest, day: TradingDay, sessions: int, tell: Tell) -> None:
        """Take the client, the trading date, the sessions behind a mean, and whom to tell of progress."""
        self._rest = rest
        self._day = day
        self._wanted = history_days(day, sessions)
        self._tell = tell
        self.gathered = Gathered()

    async def run(self, *, bars: bool, details: bool) -> Gathered:
        """Gather all parts, the daily bars only with ``bars``, each ticker's details only with ``details``."""
        await self._calendar()
        if bars:
            await self._bars()
        found, rest, day = self.gathered, self._rest, self._day.date
        since = self._wanted[0].date
        found.splits = await self._part("splits", parts.splits(rest, since, day), no_splits())
        listing = await self._part("listing", parts.listing(rest), {})
        found.listed = frozenset(listing)
        found.facts += [
            listing,
            await self._part("float", parts.floats(rest), {}),
            await self._part("short interest", parts.short_interest(rest, day), {}),
        ]
        if details:
            await self._details(sorted(found.listed | set(found.bars["ticker"].unique())))
        found.conditions = await self._part("trade conditions", parts.trade_conditions(rest), [])
        if day_index_at(clock.now_ms()) == trading_days().index(self._day):
            found.closes = await self._part("snapshot", parts.snapshot_closes(rest), {})
        return found

    async def _calendar(self) -> None:
        """Note where the vendor's days and clock are not those that sessions are made by."""
        now = await self._part("market status", parts.market_now(self._rest), {})
        self.gathered.notes += clock_difference(now)
        days = await self._part("market holidays", parts.upcoming(self._rest), [])
        self.gathered.notes += [f"calendar: {line}" for line in calendar_differences(days)]

    async def _bars(self) -> None:
        """Get the whole market's bars, a session in a request."""
        makers = [lambda each=each: parts.grouped(self._rest, each) for each in self._wanted]
        frames = await self._each("daily bars", makers)
        self.gathered.bars = pl.concat([no_bars(), *frames])

    async def _details(self, tickers: Sequence[str]) -> None:
        """Get each ticker's details."""
        makers = [lambda ticker=ticker: parts.detail(self._rest, ticker) for ticker in tickers]
        found: Facts = {}
        for facts in await self._each("details", makers):
            found |= facts
        self.gathered.facts.append(found)

    async def _part(self, stage: str, asked: Awaitable[Found], otherwise: Found) -> Found:
        """Return a part, or something else, and a note, where the plan has it not."""
        self._tell(stage, 0, 1)
        try:
            return await asked
        except NotInPlanError as error:
            self.gathered.notes.append(f"{stage}: missing; {error}")
            return otherwise
        finally:
            self._tell(stage, 1, 1)

    async def _each(self, stage: str, makers: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Return what each gives, in their order; a few run at once, and none goes on after one has failed."""
        done = 0
        turns = asyncio.Semaphore(AT_ONCE)
        self._tell(stage, 0, len(makers))

        async def one(make: Callable[[], Awaitable[Any]]) -> object:
            nonlocal done
            async with turns:
                found = await make()
            done += 1
            self._tell(stage, done, len(makers))
            return found

        async with cancelling([asyncio.ensure_future(one(make)) for make in makers]) as tasks:
            return list(await asyncio.gather(*tasks))


@asynccontextmanager
async def cancelling(tasks: list[asyncio.Future[Any]]) -> "AsyncIterator[list[asyncio.Future[Any]]]":
    """Give tasks that are over when this is left, one way or another."""
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def clock_difference(status: dict[str, Any]) -> list[str]:
    """Return a line where the vendor's clock and this machine's are far apart."""
    try:
        server = to_ms(dt.datetime.fromisoformat(status["serverTime"]))
    except (KeyError, TypeError, ValueError):
        return []
    apart = clock.now_ms() - server
    return (
        [f"clock: this machine's is {apart / 1000:+,.0f} s off the vendor's"] if abs(apart) > CLOCK_TOLERANCE_MS else []
    )


def session_notes(bars: pl.DataFrame, wanted: Sequence[TradingDay]) -> list[str]:
    """Return what to say of sessions of which there is no bar."""
    missing = missing_sessions(bars, wanted)
    if not missing:
        return []
    notes = [f"daily bars: none of {len(missing)} sessions of {len(wanted)}, {missing[0]} to {missing[-1]}"]
    if wanted[-1].date in missing:
        notes.append(f"daily bars: none of {wanted[-1].date}, the session before: no previous close is known")
    return notes

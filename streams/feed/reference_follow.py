"""Tickers that trade though nobody knew them before the day: looked up once, published to ``reference``."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.codec import Codec, CodecError
from schemas.records import Aggregate, Record, Reference
from streams.errors import TickerboardError
from streams.feed.massive_rest_protocol import RestError
from streams.feed.reference_gathering import cancelling
from streams.feed.ticker_lookup import TickerLookup
from streams.market.session import TradingDay, trading_day_at
from streams.reference_follower import ReferenceFollower
from streams.topics import AGGREGATES

if TYPE_CHECKING:
    from streams.feed.publisher import Publisher

log = structlog.get_logger()

POLL_MS: Final = 500
AT_ONCE: Final = 8

Sink = Callable[[Reference], Awaitable[None]]


class NewTickers:
    """Tells which keys of ``aggregates`` are tickers that nobody knows; the trading date is that of the records."""

    def __init__(self, codec: Codec) -> None:
        """Take the codec."""
        self._codec = codec
        self._known: dict[str, set[str]] = {}
        self._seen: set[bytes] = set()
        self.day: TradingDay | None = None
        """The trading date of the newest record."""

    def know(self, record: Record) -> None:
        """Take in what is known of a ticker before the day."""
        if isinstance(record, Reference):
            self._known.setdefault(record.trading_date, set()).add(record.ticker)

    def pick(self, messages: Iterable[Any]) -> list[str]:
        """Return the tickers among messages that are new on their trading date, each once; clocks have no key."""
        found = []
        for number, message in enumerate(messages):
            if message.key is None or (number and message.key in self._seen):
                continue
            # The first of a fetch is looked at in any case: it may be of a new day.
            self._turn_to(message.value)
            if message.key not in self._seen:
                self._seen.add(message.key)
                found.append(message.key.decode())
        known = self._known.get(self.day.date.isoformat(), set()) if self.day else set()
        return [ticker for ticker in found if ticker not in known]

    def _turn_to(self, value: bytes) -> None:
        """Begin anew where a bar is of a later trading date."""
        try:
            record = self._codec.decode(value)
        except CodecError:
            return
        if isinstance(record, Aggregate):
            day = trading_day_at(record.start_time)
            if self.day is None or day.date > self.day.date:
                self.day = day
                self._seen.clear()


async def follow(
    bootstrap: str,
    codec: Codec,
    partitions: int,
    lookup_of: Callable[[TradingDay], TickerLookup],
    publisher: "Publisher",
) -> None:
    """Look up every new ticker of bars that come from now on, and publish what is found, until cancelled.

    Raises ``PublishError`` where the broker refuses a record, and ``TickerboardError`` where it cannot be read.
    """
    new = NewTickers(codec)
    numbers = range(partitions)
    try:
        async with (
            ReferenceFollower(bootstrap, codec, lambda _, record: new.know(record)) as follower,
            AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer,
        ):
            await follower.follow((), numbers)
            places = [TopicPartition(AGGREGATES.name, number) for number in numbers]
            consumer.assign(places)
            await consumer.seek_to_end(*places)
            await _look_up_all(consumer, new, lookup_of, publisher)
    except KafkaError as error:
        message = f"Kafka at {bootstrap} cannot be read: {error}"
        raise TickerboardError(message) from error


async def _look_up_all(
    consumer: AIOKafkaConsumer, new: NewTickers, lookup_of: Callable[[TradingDay], TickerLookup], publisher: "Publisher"
) -> None:
    """Read on; look up what is new beside it, a few at once."""
    turns = asyncio.Semaphore(AT_ONCE)
    lookups: dict[str, TickerLookup] = {}
    async with cancelling([]) as tasks:
        while True:
            for messages in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for ticker in new.pick(messages):
                    assert new.day is not None, "a ticker is picked from a record, which has a day"
                    date = new.day.date.isoformat()
                    if date not in lookups:
                        lookups = {date: lookup_of(new.day)}
                    tasks.append(asyncio.create_task(_one(lookups[date], ticker, turns, publisher)))
            for task in [task for task in tasks if task.done()]:
                tasks.remove(task)
                task.result()


async def _one(lookup: TickerLookup, ticker: str, turns: asyncio.Semaphore, publisher: "Publisher") -> None:
    """Look one ticker up and publish what is found; what cannot be asked now is logged."""
    try:
        async with turns:
            found = await lookup.get(ticker)
    except RestError as error:
        log.warning("ticker not looked up", ticker=ticker, error=str(error))
        return
    if found is None:
        log.info("ticker not known to the vendor", ticker=ticker)
        return
    await publisher.publish([found])
    await publisher.flush()
    log.info("ticker looked up", ticker=ticker, trading_date=found.trading_date)

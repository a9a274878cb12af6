"""Sends alerts to the topic ``alerts`` and to Redis, before anybody can see the state in which they happened."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

import faust
import msgspec
from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from schemas.codec import Codec
from streams.alert_log import AlertLog, Shown
from streams.background import Background
from streams.market.alerts import Days, alerts_of
from streams.market.partition import tickers_of
from streams.market.session import trading_day_at
from streams.partition_state import PartitionState
from streams.topics import ALERTS

LONGEST_QUEUE: Final = 100_000
"""Alerts that may wait where Redis does not answer; Kafka has them all, and the oldest go first."""
HOUR_MS: Final = 3_600_000

encode: Final = msgspec.json.Encoder(order="deterministic").encode


class _Message(NamedTuple):
    """An alert for Kafka."""

    partition: int
    key: bytes
    value: bytes


class AlertWriter:
    """Collects alerts; an alert that is made again after a restart has the same id and bytes, and changes nothing."""

    def __init__(self, app: faust.App, redis: Redis, codec: Codec) -> None:
        """Take the app whose producer sends, and the read model."""
        self._app = app
        self._log = AlertLog(redis)
        self._codec = codec
        self._for_kafka: list[_Message] = []
        self._for_redis: list[Shown] = []
        self._lock = asyncio.Lock()
        self._showing = asyncio.Lock()
        self.counts: Counter[str] = Counter()

    def take(self, partition: int, state: PartitionState, background: Background) -> None:
        """Make alerts of what has happened in a partition since the last call.

        A ticker's alerts go to the partition of the same number as its records.
        """

        def days_of(ticker: str, time: int) -> Days:
            return background.days(trading_date_at(time), ticker)

        for events in state.take_events():
            tickers = tickers_of(state.columns, events["row"]).astype(str).tolist()
            for alert in alerts_of(events, tickers, days_of):
                self.counts[alert.kind] += 1
                self._for_kafka.append(_Message(partition, alert.ticker.encode(), self._codec.encode(alert)))
                self._for_redis.append(Shown(trading_date_at(alert.event_time), alert.event_time, encode(alert)))
        del self._for_redis[:-LONGEST_QUEUE]

    async def send(self) -> None:
        """Send what waits to Kafka, and return when it has it; what cannot be sent stays for the next time."""
        async with self._lock:
            if not self._for_kafka:
                return
            messages, self._for_kafka = self._for_kafka, []
            try:
                await self._send(messages)
            except BaseException:
                self._for_kafka = messages + self._for_kafka
                raise

    async def _send(self, messages: list[_Message]) -> None:
        """Send messages to Kafka, and return when it has them."""
        producer: AIOKafkaProducer = self._app.producer._ensure_producer()  # noqa: SLF001 - as the changelog's writer
        sent = [
            await producer.send_batch(batch, ALERTS.name, partition=partition)
            for partition, batch in batches(producer, messages)
        ]
        await asyncio.gather(*sent)

    async def show(self) -> None:
        """Write what waits to Redis: to the set of its date, and to the log where it is new."""
        async with self._showing:
            if not self._for_redis:
                return
            shown, self._for_redis = self._for_redis, []
            try:
                await self._log.add(shown)
            except BaseException:
                self._for_redis = [*shown, *self._for_redis][-LONGEST_QUEUE:]
                raise


def batches(producer: AIOKafkaProducer, messages: Iterable[_Message]) -> Iterator[tuple[int, Any]]:
    """Yield as few batches as hold the messages, each with its partition; within one they keep their order."""
    open_batches: dict[int, Any] = {}
    for partition, key, value in messages:
        batch = open_batches.get(partition)
        if batch is None:
            batch = open_batches[partition] = producer.create_batch()
        if batch.append(key=key, value=value, timestamp=None) is None:
            batch.close()
            yield partition, batch
            batch = open_batches[partition] = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    for partition, batch in open_batches.items():
        batch.close()
        yield partition, batch


def trading_date_at(time: int) -> str:
    """Return the trading date of an instant (ms), as in keys and records."""
    return _trading_date_of_hour(time // HOUR_MS)


@lru_cache(maxsize=64)
def _trading_date_of_hour(hour: int) -> str:
    """Return the trading date of an hour since the epoch: dates begin at 04:00, so on an hour."""
    return trading_day_at(hour * HOUR_MS).date.isoformat()

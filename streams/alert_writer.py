"""Sends alerts to the topic ``alerts`` and to Redis, before anybody can see the state in which they happened."""

import asyncio
from collections import Counter
from typing import Final

import faust
import msgspec
from redis.asyncio import Redis

from schemas import redis_keys
from schemas.codec import Codec
from schemas.records import Alert
from streams.background import Background
from streams.market.alerts import Days, alerts_of
from streams.market.partition import tickers_of
from streams.market.session import trading_day_at
from streams.partition_state import PartitionState
from streams.topics import ALERTS

LONGEST_QUEUE: Final = 100_000
"""Alerts that may wait where Redis does not answer; Kafka has them all, and the oldest go first."""

encode: Final = msgspec.json.Encoder(order="deterministic").encode


class AlertWriter:
    """Collects alerts; an alert that is made again after a restart has the same id and bytes, and changes nothing."""

    def __init__(self, app: faust.App, redis: Redis, codec: Codec) -> None:
        """Take the app whose producer sends, and the read model."""
        self._app = app
        self._redis = redis
        self._codec = codec
        self._for_kafka: list[Alert] = []
        self._for_redis: list[Alert] = []
        self._lock = asyncio.Lock()
        self.counts: Counter[str] = Counter()

    def take(self, state: PartitionState, background: Background) -> None:
        """Make alerts of what has happened in a partition since the last call."""

        def days_of(ticker: str, time: int) -> Days:
            return background.days(trading_date_at(time), ticker)

        for events in state.take_events():
            tickers = tickers_of(state.columns, events["row"]).astype(str).tolist()
            for alert in alerts_of(events, tickers, days_of):
                self.counts[alert.kind] += 1
                self._for_kafka.append(alert)
                self._for_redis.append(alert)
        del self._for_redis[:-LONGEST_QUEUE]

    async def send(self) -> None:
        """Send what waits to Kafka, and return when it has it; what cannot be sent stays for the next time."""
        async with self._lock:
            if not self._for_kafka:
                return
            producer = self._app.producer._ensure_producer()  # noqa: SLF001 - as the changelog's writer
            alerts = list(self._for_kafka)
            sent = [
                await producer.send(ALERTS.name, key=alert.ticker.encode(), value=self._codec.encode(alert))
                for alert in alerts
            ]
            await asyncio.gather(*sent)
            del self._for_kafka[: len(alerts)]

    async def show(self) -> None:
        """Write what waits to Redis: a sorted set for each trading date, and a message to whoever listens."""
        alerts = list(self._for_redis)
        if not alerts:
            return
        pipe = self._redis.pipeline(transaction=False)
        for alert in alerts:
            key = redis_keys.alerts(trading_date_at(alert.event_time))
            packed = encode(alert)
            pipe.zadd(key, {packed: alert.event_time}, nx=True)
            pipe.publish(redis_keys.alerted(), packed)
        for date in {trading_date_at(alert.event_time) for alert in alerts}:
            pipe.expire(redis_keys.alerts(date), redis_keys.TIME_TO_LIVE_SECONDS)
        await pipe.execute()
        del self._for_redis[: len(alerts)]


def trading_date_at(time: int) -> str:
    """Return the trading date of an instant (ms), as in keys and records."""
    return trading_day_at(time).date.isoformat()

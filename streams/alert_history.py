"""Puts the last day's alerts back into Redis from the topic ``alerts``: for a Redis that lost them."""

from collections.abc import Iterable
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis

from schemas.clock import now_ms
from schemas.codec import Codec, CodecError
from schemas.records import Alert
from streams.alert_log import AT_ONCE, AlertLog, Shown
from streams.alert_writer import encode, trading_date_at
from streams.topics import ALERTS

log = structlog.get_logger()

BACK_MS: Final = 24 * 3_600_000
"""How far back the topic is read, by the time at which alerts were written."""
POLL_MS: Final = 500


async def restore_alerts(bootstrap: str, redis: Redis, codec: Codec, partitions: Iterable[int]) -> int:
    """Write the last day's alerts of some partitions to Redis; return how many there are.

    What Redis holds already stays as it is; what it did not comes to the end of the log, whenever it happened.
    """
    log_in_redis = AlertLog(redis)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(ALERTS.name, partition) for partition in partitions]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        starts = await consumer.offsets_for_times(dict.fromkeys(places, now_ms() - BACK_MS))
        for place in places:
            found = starts[place]
            consumer.seek(place, ends[place] if found is None else found.offset)
        count = 0
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for records in (await consumer.getmany(timeout_ms=POLL_MS, max_records=AT_ONCE)).values():
                alerts = _decoded(codec, [record.value for record in records])
                await log_in_redis.add(
                    Shown(trading_date_at(alert.event_time), alert.event_time, encode(alert)) for alert in alerts
                )
                count += len(alerts)
        return count
    finally:
        await consumer.stop()


def _decoded(codec: Codec, values: Iterable[bytes | None]) -> list[Alert]:
    """Return the alerts in some values; what is none is left out."""
    alerts = []
    for value in values:
        try:
            alert = codec.decode(value or b"")
        except CodecError as error:
            log.warning("alert not decodable", error=str(error))
            continue
        if isinstance(alert, Alert):
            alerts.append(alert)
    return alerts

"""What the tests of delivery do with Kafka: topics made anew, records published at a pace, and topics read back."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from schemas import clock
from schemas.codec import Codec
from schemas.records import Reference
from streams.feed.publisher import Publisher
from streams.tables import TABLES
from streams.topic_admin import create_topics
from streams.topics import AGGREGATES, TOPICS
from tests.support.delivery_stream import Record

PARTITIONS: Final = 4
SOURCES: Final = tuple(table.source for table in TABLES)
"""Topics that are folded into tables; in all of them the feed writes its clock."""
POLL_SECONDS: Final = 0.02
SLICE_SECONDS: Final = 0.05
VISIBLE_SECONDS: Final = 10.0

Item = tuple[int, int, bytes, bytes | None]
"""Partition, offset, key, value."""


def run(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work returns
    """Run a coroutine to its end, in a test that is not one."""
    return asyncio.run(work)


@asynccontextmanager
async def admin_of(bootstrap: str) -> Any:  # noqa: ANN401 - aiokafka is untyped
    """Give a connected admin client."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def delete_topics(bootstrap: str, names: Sequence[str]) -> None:
    """Delete those topics that are there, and wait until the broker knows them no more."""
    async with admin_of(bootstrap) as admin:
        there = set(await admin.list_topics()) & set(names)
        if there:
            await admin.delete_topics(sorted(there))
        deadline = clock.monotonic() + VISIBLE_SECONDS
        while set(await admin.list_topics()) & there:
            assert clock.monotonic() < deadline, f"{there} are still there"
            await asyncio.sleep(POLL_SECONDS)


async def make_anew(bootstrap: str, names: Sequence[str]) -> None:
    """Delete topics and make them again, empty and with other ids."""
    await delete_topics(bootstrap, names)
    await create_topics(bootstrap, [topic for topic in TOPICS if topic.name in names], PARTITIONS, 1)


async def publish(bootstrap: str, records: Sequence[Record | Reference]) -> None:
    """Publish records in their order and wait until Kafka has them."""
    async with Publisher(bootstrap, Codec(), PARTITIONS, clocked=SOURCES) as publisher:
        await publisher.publish(records)


async def read_topic(bootstrap: str, topic: str) -> list[Item]:
    """Return all that a topic holds, partition by partition in the log's order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    items: list[Item] = []
    try:
        parts = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        while any([await consumer.position(tp) < ends[tp] for tp in parts]):
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                items += [(tp.partition, record.offset, record.key or b"", record.value) for record in records]
    finally:
        await consumer.stop()
    return sorted(items, key=lambda item: item[:2])


class Feed(Thread):
    """Publishes records at an even pace for some seconds."""

    def __init__(self, bootstrap: str, records: Sequence[Record], seconds: float) -> None:
        super().__init__(daemon=True)
        self._broker = bootstrap
        self._records = records
        self._seconds = seconds
        self._error: BaseException | None = None
        self._halt = Event()

    def run(self) -> None:
        """Publish."""
        try:
            asyncio.run(self._publish())
        except BaseException as error:  # noqa: BLE001 - the test that waits for the feed raises it
            self._error = error

    async def _publish(self) -> None:
        started = clock.monotonic()
        done = 0
        async with Publisher(self._broker, Codec(), PARTITIONS, clocked=SOURCES) as publisher:
            while done < len(self._records) and not self._halt.is_set():
                passed = (clock.monotonic() - started) / self._seconds
                due = min(len(self._records), int(len(self._records) * passed))
                await publisher.publish(self._records[done:due])
                done = due
                await asyncio.sleep(SLICE_SECONDS)

    def finish(self) -> None:
        """Wait for its end, and raise what went wrong in it."""
        self.join()
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._halt.set()
        self.join()


async def send_raw(bootstrap: str, items: Sequence[tuple[int, bytes | None, bytes | None]]) -> list[tuple[int, int]]:
    """Put bytes into partitions of the bars as they are; return where each came to stand."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        places = [
            await producer.send_and_wait(AGGREGATES.name, key=key, value=value, partition=partition)
            for partition, key, value in items
        ]
    finally:
        await producer.stop()
    return [(place.partition, place.offset) for place in places]


async def ends_of(bootstrap: str, topics: Sequence[str]) -> dict[TopicPartition, int]:
    """Return the end of each partition of some topics."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        parts = [TopicPartition(topic, partition) for topic in topics for partition in range(PARTITIONS)]
        found: dict[TopicPartition, int] = await consumer.end_offsets(parts)
        return found
    finally:
        await consumer.stop()


async def committed_of(bootstrap: str, group: str) -> dict[TopicPartition, int]:
    """Return what a group has committed."""
    async with admin_of(bootstrap) as admin:
        offsets = await admin.list_consumer_group_offsets(group)
    return {place: meta.offset for place, meta in offsets.items()}

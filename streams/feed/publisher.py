"""The one writer of the feed's topics: records keyed by ticker, clock records in every partition, in order and once.

Records reach a partition in the order in which they were given, clock records among them; the producer is idempotent and
waits for all replicas. What a caller adds is bounded by its own ``await``: a batch is accepted only when the one before
it for the same partition has been taken by the sender, so a slow broker slows the feed and nothing piles up.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import cached_property
from types import TracebackType
from typing import Final, Self

import msgspec
import numpy as np
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import clock
from schemas.codec import Codec
from schemas.records import Clock, DeadLetter, Record
from streams.errors import TickerboardError
from streams.feed.columnar_encoder import Template
from streams.feed.columns import Columns, plan_of
from streams.feed.feed_clock import ClockPoints
from streams.feed.outbox import Clocks, Outbox, Packed, pack_columns
from streams.feed.partitioner import Partitioner
from streams.feed.record_batch import PackedBatch, compress
from streams.topics import CLOCKED, DEAD_LETTERS, TOPICS, Topic

NO_KEY: Final = b""
NO_CLOCKS: Final = ClockPoints(np.empty(0, np.int64), np.empty(0, np.int64))
COMPRESS_FROM: Final = 512
"""Bytes below which a batch is sent as it is: a frame's own header would eat the gain."""
TOPIC_OF: Final = {kind: topic for topic in TOPICS for kind in topic.records if kind is not Clock}
"""Every record type but the clock belongs to one topic."""


class PublishError(TickerboardError):
    """Kafka did not take what the feed wrote."""


class Publisher:
    """Writes a feed's records to Kafka; use it as an async context manager."""

    def __init__(
        self, bootstrap: str, codec: Codec, partitions: int, clocked: Sequence[Topic] = CLOCKED, *, lz4: bool = True
    ) -> None:
        """Take the brokers, the codec, the partition count of the topics keyed by ticker, and those to write clocks to."""
        self.records_sent = 0
        self.bytes_sent = 0
        self._bootstrap = bootstrap
        self._codec = codec
        self._clocked = tuple(clocked)
        self._lz4 = lz4
        self._partition_of = Partitioner(partitions)
        self._outboxes: dict[tuple[str, int], Outbox] = {}
        self._pending: set[asyncio.Future[object]] = set()
        self._letters = 0
        self._checked: dict[str, int] = {}

    @cached_property
    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True, linger_ms=0, request_timeout_ms=30_000
        )

    async def __aenter__(self) -> Self:
        """Connect; raise ``PublishError`` where no broker answers."""
        try:
            await self._producer.start()
        except (KafkaError, OSError) as error:
            await self._producer.stop()
            message = f"no Kafka broker answers at {self._bootstrap}: {error}; start one, or name another by --brokers"
            raise PublishError(message) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what waits, unless an error got here, and disconnect."""
        try:
            if error is None:
                await self.flush()
        finally:
            await self._producer.stop()
            await asyncio.gather(*self._pending, return_exceptions=True)

    # Records, one by one

    def add(self, record: Record) -> None:
        """Put a record behind those that wait for its partition; it is sent by ``send``."""
        kind = type(record)
        if isinstance(record, Clock):
            self.add_clock(record.event_time, record.received_time)
        elif isinstance(record, DeadLetter):
            self._letters += 1
            self._outbox(DEAD_LETTERS.name, self._letters % self._partition_of.partitions).add(
                NO_KEY, self._codec.encode(record)
            )
        else:
            partition = self._partition_of(record.ticker)
            self._outbox(TOPIC_OF[kind].name, partition).add(record.ticker.encode(), self._codec.encode(record))

    def add_clock(self, event_time: int, received_time: int | None = None) -> None:
        """Put a clock record (ms) behind what waits for every partition of every topic that has clocks."""
        value = self._encoded_clock(event_time, clock.now_ms() if received_time is None else received_time)
        for topic in self._clocked:
            for partition in range(self._partition_of.partitions):
                self._outbox(topic.name, partition).add(NO_KEY, value)

    async def send(self) -> None:
        """Hand what waits to the producer; raise ``PublishError`` where an earlier batch was refused."""
        for (topic, partition), outbox in self._outboxes.items():
            if outbox.values:
                for packed in outbox.take():
                    await self._send_batch(topic, partition, packed)
        self._raise_refused()

    async def publish(self, records: Iterable[Record]) -> None:
        """Add records and send them."""
        for record in records:
            self.add(record)
        await self.send()

    async def clock(self, event_time: int) -> None:
        """Say that every record with an event time (ms) up to and including this one has been written."""
        self.add_clock(event_time)
        await self.send()

    # Records in columns

    async def publish_columns(self, columns: Columns, points: ClockPoints = NO_CLOCKS) -> None:
        """Publish rows in their order with the clock records due among them, as ``add`` of each in turn would."""
        await self.send()
        topic = TOPIC_OF[columns.kind]
        partitions = self._partition_of.of_all(columns.tickers)[columns.codes]
        order = np.argsort(partitions, kind="stable")
        bounds = np.searchsorted(partitions[order], np.arange(self._partition_of.partitions + 1))
        table = columns.table().view(np.int64).reshape(len(columns), -1)
        now = clock.now_ms()
        values = [self._encoded_clock(int(time), now) for time in points.times]
        clocks = Clocks.of(points.positions, values)
        for partition in range(self._partition_of.partitions):
            rows = order[bounds[partition] : bounds[partition + 1]]
            due = clocks if topic in self._clocked else Clocks.of(NO_CLOCKS.positions, [])
            for packed in pack_columns(rows, table, columns.buffer, self._template(columns.kind), due):
                await self._send_batch(topic.name, partition, packed)
        for other in self._clocked:
            if other != topic:
                for partition in range(self._partition_of.partitions):
                    for value in values:
                        self._outbox(other.name, partition).add(NO_KEY, value)
        await self.send()

    def _template(self, kind: type[msgspec.Struct]) -> Template:
        plan = plan_of(kind)
        key_column = (plan.dtype.names or ()).index("ticker_start")
        return Template(np.frombuffer(self._codec.prefix(kind), np.uint8), plan.operations, key_column)

    def _encoded_clock(self, event_time: int, received_time: int) -> bytes:
        return self._codec.encode(Clock(event_time=event_time, received_time=received_time))

    # Batches

    def _outbox(self, topic: str, partition: int) -> Outbox:
        return self._outboxes.setdefault((topic, partition), Outbox())

    async def _send_batch(self, topic: str, partition: int, packed: Packed) -> None:
        """Hand one batch to the producer, which waits until the batch before it has been taken."""
        compressed = self._lz4 and len(packed.records) >= COMPRESS_FROM
        records = compress(packed.records) if compressed else packed.records
        batch = PackedBatch(records, packed.count, clock.now_ms(), compressed=compressed)
        if topic == DEAD_LETTERS.name:
            partition %= await self._partitions_in(topic)
        elif await self._partitions_in(topic) != self._partition_of.partitions:
            message = (
                f"the topic {topic} has {self._checked[topic]} partitions, but this feed was told "
                f"{self._partition_of.partitions}: set TICKERBOARD_PARTITIONS to the number the topics were made with"
            )
            raise PublishError(message)
        try:
            future = await self._producer.send_batch(batch, topic, partition=partition)
        except KafkaError as error:
            message = f"Kafka at {self._bootstrap} takes nothing more for {topic} [{partition}]: {error!r}"
            raise PublishError(message) from error
        self._pending.add(future)
        self.records_sent += packed.count
        self.bytes_sent += batch.size()

    async def _partitions_in(self, topic: str) -> int:
        if topic not in self._checked:
            try:
                self._checked[topic] = len(await self._producer.partitions_for(topic))
            except KafkaError as error:
                message = f"the topic {topic} is not there at {self._bootstrap}: create it by `tickerboard topics`"
                raise PublishError(message) from error
        return self._checked[topic]

    def _raise_refused(self) -> None:
        """Forget batches that were acknowledged; raise ``PublishError`` for the first that was refused."""
        done = {future for future in self._pending if future.done()}
        self._pending -= done
        for future in done:
            error = future.exception()
            if error is not None:
                message = f"Kafka at {self._bootstrap} refused a batch: {error!r}"
                raise PublishError(message) from error

    async def flush(self) -> None:
        """Send what waits and return when Kafka has acknowledged everything."""
        await self.send()
        if self._pending:
            await asyncio.wait(self._pending)
        self._raise_refused()

"""Packed batches to Kafka by one idempotent producer that waits for all replicas."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import clock
from streams.errors import TickerboardError
from streams.feed.packing import Packed
from streams.feed.record_batch import PackedBatch, compress

COMPRESS_FROM: Final = 512
"""Bytes below which a batch is sent as it is: a frame's own header would eat the gain."""
REQUEST_MS: Final = 30_000


class PublishError(TickerboardError):
    """Kafka did not take what the feed wrote."""


class BatchSender:
    """Sends batches in order, once, and raises what the broker says of them.

    What waits is bounded: a batch is accepted only when the sender has taken the one before it for the same partition,
    so a slow broker slows the caller and nothing piles up.
    """

    def __init__(self, bootstrap: str, *, lz4: bool) -> None:
        """Take the brokers; nothing is connected yet."""
        self.records = 0
        self.bytes = 0
        self._bootstrap = bootstrap
        self._lz4 = lz4
        self._producer: AIOKafkaProducer | None = None
        self._pending: set[asyncio.Future[object]] = set()
        self._partitions: dict[str, int] = {}

    async def start(self) -> None:
        """Connect; raise ``PublishError`` where no broker answers."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=REQUEST_MS
        )
        try:
            await producer.start()
        except (KafkaError, OSError, ValueError) as error:
            await producer.stop()
            message = (
                f"no Kafka broker answers at {self._bootstrap!r} ({error}); start one, or name another by --brokers"
            )
            raise PublishError(message) from error
        self._producer = producer

    async def stop(self) -> None:
        """Disconnect; what was not acknowledged is lost, so ``flush`` before."""
        if self._producer is not None:
            await self._producer.stop()
            await asyncio.gather(*self._pending, return_exceptions=True)

    async def partitions(self, topic: str) -> int:
        """Return how many partitions a topic has; raise ``PublishError`` where it is not there."""
        if topic not in self._partitions:
            try:
                self._partitions[topic] = len(await self._connected.partitions_for(topic) or ())
            except KafkaError as error:
                message = f"there is no topic {topic} at {self._bootstrap} ({error!r}); make it by `tickerboard topics`"
                raise PublishError(message) from error
        return self._partitions[topic]

    async def send(self, topic: str, partition: int, packed: Packed) -> None:
        """Hand one batch over, once the batch before it has been taken."""
        compressed = self._lz4 and len(packed.records) >= COMPRESS_FROM
        records = compress(packed.records) if compressed else packed.records
        batch = PackedBatch(records, packed.number, clock.now_ms(), compressed=compressed)
        try:
            future = await self._connected.send_batch(batch, topic, partition=partition)
        except KafkaError as error:
            message = f"Kafka at {self._bootstrap} takes nothing more for {topic} [{partition}]: {error!r}"
            raise PublishError(message) from error
        self._pending.add(future)
        self.records += packed.number
        self.bytes += batch.size()

    def raise_refused(self) -> None:
        """Forget what was acknowledged; raise ``PublishError`` for the first batch that was refused."""
        done = {future for future in self._pending if future.done()}
        self._pending -= done
        for error in [future.exception() for future in done]:
            if error is not None:
                message = f"Kafka at {self._bootstrap} refused a batch: {error!r}"
                raise PublishError(message) from error

    async def flush(self) -> None:
        """Return when Kafka has acknowledged everything."""
        if self._pending:
            await asyncio.wait(self._pending)
        self.raise_refused()

    @property
    def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            message = "the publisher is not connected: use it as an async context manager"
            raise PublishError(message)
        return self._producer

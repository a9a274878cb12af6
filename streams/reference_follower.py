"""Reads what a worker must know before its first record, whole before it starts, and then as it grows.

These are ``reference`` and ``volume_curves`` of its partitions, and ``trade_conditions``.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.codec import Codec, CodecError
from schemas.records import Reference, TradeCondition, VolumeCurve
from streams.topics import REFERENCE, TRADE_CONDITIONS, VOLUME_CURVES

if TYPE_CHECKING:
    from types import TracebackType

log = structlog.get_logger()

TOPICS: Final = (REFERENCE.name, VOLUME_CURVES.name)
POLL_MS: Final = 500

CONDITIONS: Final = TopicPartition(TRADE_CONDITIONS.name, 0)
"""Conditions are no ticker's: they are all in one partition, and every worker reads it."""

Sink = Callable[[int, Reference | VolumeCurve | TradeCondition], None]
"""Takes a partition and a record of it."""


class ReferenceFollower:
    """An async context manager around one consumer without a group."""

    def __init__(self, bootstrap: str, codec: Codec, sink: Sink) -> None:
        """Take the broker's address, the codec, and where records go."""
        self._bootstrap = bootstrap
        self._codec = codec
        self._sink = sink
        self._consumer: AIOKafkaConsumer | None = None
        self._positions: dict[TopicPartition, int] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Connect."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=1 << 20,
        )
        await self._consumer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        """Stop following and disconnect."""
        await self._stop_following()
        if self._consumer is not None:
            await self._consumer.stop()

    async def follow(self, kept: Iterable[int], new: Iterable[int]) -> None:
        """Follow these partitions from now on; return once the new ones have been read to their end."""
        await self._stop_following()
        assert self._consumer is not None, "entered before it is used"
        both = [TopicPartition(topic, partition) for partition in {*kept, *new} for topic in TOPICS]
        fresh = {tp for tp in both if tp.partition in set(new)}
        if both:
            both.append(CONDITIONS)
        self._positions = {tp: 0 if tp in fresh else self._positions.get(tp, 0) for tp in both}
        self._consumer.assign(both)
        if not both:
            return
        ends = await self._consumer.end_offsets(both)
        for tp, position in (await self._consumer.beginning_offsets(both)).items():
            self._positions[tp] = max(position, self._positions[tp])
            self._consumer.seek(tp, self._positions[tp])
        while any(self._positions[tp] < ends[tp] for tp in both):
            await self._read()
        self._task = asyncio.create_task(self._read_on(), name="reference follower")

    async def _read(self) -> None:
        """Read what there is, at most one fetch."""
        assert self._consumer is not None, "entered before it is used"
        for tp, records in (await self._consumer.getmany(timeout_ms=POLL_MS)).items():
            for record in records:
                self._take(tp, record.value)
            self._positions[tp] = records[-1].offset + 1
        for tp in self._positions:
            # A compacted log can end in records that are no longer there.
            self._positions[tp] = max(self._positions[tp], await self._consumer.position(tp))

    def _take(self, tp: TopicPartition, value: bytes | None) -> None:
        """Hand over one record; what is not one is logged and left out."""
        if not value:
            return
        try:
            record = self._codec.decode(value)
        except CodecError as error:
            log.warning("reference record not decodable", topic=tp.topic, partition=tp.partition, error=str(error))
            return
        if isinstance(record, Reference | VolumeCurve | TradeCondition):
            self._sink(tp.partition, record)

    async def _read_on(self) -> None:
        """Read until cancelled; a broker that cannot be reached is asked again."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                log.warning("reference not readable, trying again", error=repr(error))
                await asyncio.sleep(1)

    async def _stop_following(self) -> None:
        """Stop the task that reads on."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

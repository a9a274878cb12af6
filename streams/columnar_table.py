"""A Faust table whose working copy is columns: changelog, recovery, partitions are Faust's, writing is in batches."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from faust import App
from faust.tables.table import Table
from faust.types import TP, EventT

from schemas.columnar import ColumnarDecoder
from streams.changelog import Flush
from streams.log_batches import RAW_TOPICS, unpack
from streams.partition_state import PartitionState
from streams.transport import BatchMessage

log = structlog.get_logger()

LEASE: Final = 0.7
"""Share of the session timeout after which a worker that heard nothing from the broker writes nothing more."""
HEALS: Final = 10
"""Times that records missing before a batch are asked for again before the log itself is taken to lack them."""
RECOVERY_BATCHES: Final = 64
"""Changelog batches that Faust collects before it hands them over; 1 would leave changelog partitions resumed."""

Seek = tuple[TP, int]


class RefusedRecord(NamedTuple):
    """A source record that could not be used, and what became of it (``streams.market.fold``)."""

    offset: int
    key: bytes | None
    value: bytes
    outcome: int


class ColumnarTable(Table[bytes, bytes]):  # type: ignore[misc] # faust's class is untyped
    """Rows by ticker, one ``PartitionState`` for each partition assigned to this worker."""

    def __init__(
        self,
        app: App,
        *,
        sources: Sequence[str],
        new_state: Callable[[int], PartitionState],
        **options: Any,  # noqa: ANN401 - faust's options
    ) -> None:
        """Register with the app under ``name``; ``sources`` are folded into it, ``new_state`` takes a partition."""
        super().__init__(app, recovery_buffer_size=RECOVERY_BATCHES, **options)
        self.states: dict[int, PartitionState] = {}
        self.heals = 0
        """Times that records had vanished between the broker and the agent, and were read again."""
        self.holes = 0
        """Times that the log itself lacked records (retention)."""
        self.refusals = 0
        """Flushes not made because the group may have given the partition to another worker."""
        self.before_start: Callable[[], Awaitable[None]] | None = None
        """Awaited after recovery, before the first batch."""
        self.before_write: Callable[[], Awaitable[None]] | None = None
        """Awaited before a flush says that its position is done with: sends what went elsewhere up to there."""
        self._sources = frozenset(sources)
        RAW_TOPICS.update(sources)
        self._new_state = new_state
        self._healed: dict[TP, tuple[int, int]] = {}
        """Where records were missing last, and how often they have been asked for again."""
        self._waiting: dict[TP, int] = {}
        """Where a partition stood at the last look, with records fetched that had not been folded."""
        self._lock = asyncio.Lock()

    def is_source(self, topic: str) -> bool:
        """Return whether batches of this topic are folded into the table."""
        return topic in self._sources

    def is_changelog(self, topic: str) -> bool:
        """Return whether this is the table's changelog."""
        return bool(topic == self.changelog_topic.get_topic_name())

    # ---- recovery, by Faust's own service --------------------------------

    def persisted_offset(self, tp: TP) -> int:
        """Return the newest changelog offset in memory; -1 without any (``None`` would make Faust keep an old one)."""
        state = self.states.get(tp.partition)
        return state.log_end if state else -1

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Drop what is no longer ours, and what could not be flushed while it was; make room for what is new."""
        del revoked, newly_assigned, generation_id
        mine = {tp.partition for tp in assigned if self.is_changelog(tp.topic)}
        self.states = {
            partition: state for partition, state in self.states.items() if partition in mine and not state.is_dirty
        }
        for partition in mine - set(self.states):
            self.states[partition] = self._new_state(partition)
        self._healed.clear()

    def apply_changelog_batch(self, batch: Iterable[EventT]) -> None:
        """Take in batches of changelog records."""
        for event in batch:
            state = self.states.get(event.message.partition)
            if state is not None:
                state.load(event.message.value)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Let the worker load what must be there before the first batch."""
        if self.before_start is not None:
            await self.before_start()
        await super().on_recovery_completed(active_tps, standby_tps)

    def start_offset(self, tp: TP, committed: int | None) -> int | None:
        """Return where to read a source from, given the committed offset; ``None`` is the earliest."""
        state = self.states.get(tp.partition)
        return state.start() if state else committed

    def begin(self, tp: TP, offset: int) -> None:
        """Take note of where a source is read from: a batch that starts later has lost records before it."""
        state = self.states.get(tp.partition)
        if state is not None and state.position is None:
            state.position = offset

    # ---- folding ------------------------------------------------------------

    def fold(self, message: BatchMessage, decoder: ColumnarDecoder) -> tuple[list[RefusedRecord], Seek | None]:
        """Fold a batch; return the records that could not be used, and where to seek if records are missing before it.

        A fetch that straddles a rebalance is thrown away after its position has moved on. So a batch that begins
        behind the next expected offset is refused and the partition sought back. If the hole is still there after
        several tries, the log itself has it, and the batch is taken.
        """
        state = self.states.get(message.partition)
        if state is None:
            return [], None
        expected = state.position
        if expected is None:
            # Fetched before the partition was begun: it will be read again.
            return [], None
        if message.first_offset > expected:
            seek_numbers = self.app.consumer.seek_numbers
            if message.seek_number < seek_numbers[message.tp]:
                return [], None
            offset, tries = self._healed.get(message.tp, (expected, 0))
            if offset != expected or tries < HEALS:
                self._healed[message.tp] = (expected, tries + 1 if offset == expected else 1)
                seek_numbers[message.tp] += 1
                self.heals += 1
                log.warning("records missing, reading again", partition=message.partition, offset=expected)
                return [], (message.tp, expected)
            self.holes += 1
            log.error("the log lacks records", partition=message.partition, since=expected, until=message.first_offset)
        records = unpack(message.value)
        refused = state.fold_messages(decoder, records.values, records.offsets)
        return [
            RefusedRecord(int(records.offsets[index]), records.key(index), records.value(index), outcome)
            for index, outcome in refused
        ], None

    async def read_missing(self) -> None:
        """Read again what was fetched but never came, with nothing behind it that would show that it is missing."""
        for topic in self._sources:
            for partition, state in list(self.states.items()):
                tp = TP(topic, partition)
                expected = state.position
                fetched = await self.app.consumer.position(tp)
                if expected is None or expected != state.position or fetched is None or fetched <= expected:
                    self._waiting.pop(tp, None)
                elif self._waiting.get(tp) != expected:
                    self._waiting[tp] = expected
                else:
                    del self._waiting[tp]
                    self.heals += 1
                    self.app.consumer.seek_numbers[tp] += 1
                    log.warning("last records missing, reading again", partition=partition, offset=expected)
                    await self.app.consumer.seek(tp, expected)

    # ---- writing ------------------------------------------------------------

    def committable(self, tp: TP) -> int | None:
        """Return the offset that the changelog covers; ``None`` where there is none yet."""
        state = self.states.get(tp.partition)
        return state.flushed if state else None

    def has_lease(self) -> bool:
        """Return whether the group has lately confirmed that our partitions are ours.

        A worker that was frozen wakes up with stale rows; writing them behind the new owner's would spoil the table.
        """
        timeout: float = self.app.conf.broker_session_timeout
        return bool(self.app.consumer.lease_age() < timeout * LEASE)

    async def flush(self) -> None:
        """Write what changed to the changelog, partition by partition."""
        async with self._lock:
            for partition, state in list(self.states.items()):
                if not self.has_lease():
                    self.refusals += 1
                    log.warning("changes not written: the group may have given them away", partition=partition)
                    return
                if self.states.get(partition) is state:
                    await self._flush_partition(partition, state)

    async def _flush_partition(self, partition: int, state: PartitionState) -> None:
        """Write what changed in a partition; on failure nothing counts as written."""
        flush = state.changed()
        if not flush.keys:
            return
        try:
            if self.before_write is not None:
                await self.before_write()
            log_end = await self._send(partition, flush)
        except Exception as error:  # noqa: BLE001 - whatever failed, the rows stay changed and are written next time
            state.failed(flush)
            log.warning("changelog not written, will try again", partition=partition, error=repr(error))
            return
        state.succeeded(flush, log_end)

    async def _send(self, partition: int, flush: Flush) -> int:
        """Send a flush in as few batches as fit; return the offset of its last record."""
        producer: AIOKafkaProducer = self.app.producer._ensure_producer()  # noqa: SLF001 - faust offers no batches
        topic = self.changelog_topic.get_topic_name()
        sent = []
        batch = producer.create_batch()
        for key, value in zip(flush.keys, flush.values, strict=True):
            if batch.append(key=key, value=value, timestamp=None) is None:
                batch.close()
                sent.append((batch.record_count(), await producer.send_batch(batch, topic, partition=partition)))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        batch.close()
        sent.append((batch.record_count(), await producer.send_batch(batch, topic, partition=partition)))
        ends: list[int] = [(await future).offset + count - 1 for count, future in sent]
        return max(ends)

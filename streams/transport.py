"""Faust's Kafka transport with one event per (partition, fetch), and its delivery rules for columnar tables.

Stock Faust spends about 60 us on each message before an agent sees it. Here an agent sees a list of records at a time;
group membership, rebalancing, recovery and commits stay Faust's. It leans on private parts of faust-streaming 0.15.3
and aiokafka 0.14, whose versions are pinned; the integration tests of delivery are what an upgrade must pass.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.lease import seconds_since_confirmed
from streams.log_batches import LogBatch

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, ConsumerRecord

MAX_BATCH: Final = 4000
"""Records in one event at most: what an agent folds without letting the event loop run."""
FETCH_WAIT_MS: Final = 50
"""How long the broker may hold a fetch that has nothing to give; stock Faust has 1500, which delays every resume."""
IDLE_SECONDS: Final = 0.02
POLL_SECONDS: Final = 0.1


class Table(Protocol):
    """What the consumer asks of the table whose sources it reads."""

    def is_source(self, topic: str) -> bool:
        """Return whether batches of this topic are folded into the table."""

    def is_changelog(self, topic: str) -> bool:
        """Return whether this is the table's changelog."""

    def committable(self, tp: TP) -> int | None:
        """Return the offset that the changelog covers; ``None`` where there is none yet."""

    def start_offset(self, tp: TP, committed: int | None) -> int | None:
        """Return where to read a source from, given the committed offset; ``None`` is the earliest."""

    def begin(self, tp: TP, offset: int) -> None:
        """Take note of where a source is read from."""

    async def flush(self) -> None:
        """Write what changed to the changelog."""


class BatchMessage(ConsumerMessage):  # type: ignore[misc] # faust's class is untyped
    """A message whose value is a list: batches of a source, records of a changelog; its offset is the last one's."""

    __slots__ = ("first_offset", "seek_number")

    first_offset: int
    seek_number: int
    """How often the partition had been sought back when this was fetched."""


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc] # faust's class is untyped
    """The thread that talks to the broker."""

    def _create_worker_consumer(self, transport: driver.Transport) -> "AIOKafkaConsumer":
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - stock Faust offers no setting for it
        return consumer


class BatchConsumer(driver.Consumer):  # type: ignore[misc] # faust's class is untyped
    """Reads batches, commits what the changelog holds, and never loses a record at a rebalance."""

    table: Table
    max_batch = MAX_BATCH

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - faust's signature
        """Take what faust's consumer takes."""
        self.seek_numbers: defaultdict[TP, int] = defaultdict(int)
        super().__init__(*args, **options)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def _is_batched(self, topic: str) -> bool:
        return self.table.is_source(topic) or self.table.is_changelog(topic)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 - faust's
        """Yield one message per partition and fetch."""
        seek_numbers = dict(self.seek_numbers)
        records, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self._seek_back()
            return
        for tp, fetched in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                break
            if tp not in active and tp not in self._buffered_partitions:
                continue
            if self.app.rebalancing and self.table.is_source(tp.topic):
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            if not self._is_batched(tp.topic):
                for record in fetched:
                    yield tp, self._to_message(tp, record)
                continue
            for batch in self._portions(tp, fetched):
                # Or faust drops what is read again after a seek.
                self._read_offset[tp] = None
                yield tp, self._to_batch(tp, batch, seek_numbers.get(tp, 0))

    def _portions(self, tp: TP, fetched: list[Any]) -> Iterator[list[Any]]:
        """Cut what was fetched into events that do not keep the event loop for long."""
        if not self.table.is_source(tp.topic):
            for start in range(0, len(fetched), self.max_batch):
                yield fetched[start : start + self.max_batch]
            return
        portion: list[LogBatch] = []
        for batch in fetched:
            portion.append(batch)
            if sum(part.size for part in portion) >= self.max_batch:
                yield portion
                portion = []
        if portion:
            yield portion

    async def _seek_back(self) -> None:
        """Return to the committed offsets; a broker that cannot answer now is asked again at the next fetch."""
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001 - as stock faust does: the fetcher must go on
            self.log.warning("could not seek while the flow is stopped: %r", error)

    def _to_batch(
        self, tp: TP, records: "list[LogBatch] | list[ConsumerRecord[bytes, bytes]]", seek_number: int
    ) -> BatchMessage:
        last = records[-1]
        message = BatchMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            None,
            None,
            records,
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )
        first = records[0]
        message.first_offset = first.first_offset if isinstance(first, LogBatch) else first.offset
        message.seek_number = seek_number
        return message

    async def _wait_next_records(self, timeout: float) -> tuple[Any, set[TP]]:  # noqa: ARG002, ASYNC109 - faust's
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        active = set(self._get_active_partitions())
        if self.app.rebalancing:
            active = {tp for tp in active if not self.table.is_source(tp.topic)}
        if not active:
            # Stock faust sleeps a second here, which is a pause after every rebalance.
            await asyncio.sleep(IDLE_SECONDS)
            return {}, active
        wait = IDLE_SECONDS if self.app.rebalancing else POLL_SECONDS
        return await self._getmany(active_partitions=active, timeout=wait), active

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if not self._is_batched(tp.topic):
            await super()._add_gap(tp, offset_from, offset_to)

    def _new_offset(self, tp: TP) -> int | None:
        """Return what may be committed: never more than the changelog holds."""
        if not self.table.is_source(tp.topic):
            offset: int | None = super()._new_offset(tp)
            return offset
        covered = self.table.committable(tp)
        if covered is not None:
            self._acked_index[tp].difference_update([offset for offset in self._acked[tp] if offset < covered])
            self._acked[tp][:] = [offset for offset in self._acked[tp] if offset >= covered]
        return covered

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> list[TP]:  # noqa: ANN401 - faust's signature
        return [
            tp
            for tp in self.assignment()
            if self.table.is_source(tp.topic) and (topics is None or tp in topics or tp.topic in topics)
        ]

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek each source to where its partition wants to start, everything else to the committed offset."""
        offsets = dict(await super().seek_to_committed())
        for tp in [tp for tp in self.assignment() if self.table.is_source(tp.topic)]:
            committed = offsets.get(tp)
            start = self.table.start_offset(tp, committed if committed is not None and committed >= 0 else None)
            if start is None:
                start = (await self.earliest_offsets(tp))[tp]
            if start != committed:
                await self._seek(tp, start)
            self.seek_numbers[tp] += 1
            self.table.begin(tp, start)
            offsets[tp] = start
        return offsets

    async def _seek(self, partition: TP, offset: int) -> None:
        """Seek in the consumer's own thread: stock faust does it from this one, in the middle of a fetch."""
        await self._thread.call_thread(self._thread.seek, partition, offset)

    async def quiesce(self) -> None:
        """Bring the changelog and the commits up to what has been folded."""
        await self.table.flush()
        await self.maybe_wait_for_commit_to_finish()
        await self.commit()

    async def on_partitions_revoked(self, revoked: Iterable[TP]) -> None:
        """Flush and commit while the partitions are still ours; stock faust forgets its acknowledgements first."""
        if self.assignment() and not self.app.should_stop:
            self.stop_flow()
            self.app.flow_control.suspend()
            self.pause_partitions(self.assignment())
            self.app.flow_control.clear()
            await asyncio.sleep(0)
            await self.quiesce()
        await super().on_partitions_revoked(revoked)

    async def wait_empty(self) -> None:
        """Flush and commit once nothing is in work: what makes a stop by SIGTERM exact."""
        await super().wait_empty()
        await self.quiesce()

    def lease_age(self) -> float:
        """Return the seconds since the group coordinator last answered; a worker that was frozen sees a large one."""
        return seconds_since_confirmed(self._thread._consumer._coordinator)  # noqa: SLF001 - faust hides it


class BatchTransport(driver.Transport):  # type: ignore[misc] # faust's class is untyped
    """Faust's aiokafka transport with ``BatchConsumer``."""

    Consumer = BatchConsumer

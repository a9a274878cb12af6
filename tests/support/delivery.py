"""What the tests of delivery share: topics made anew, a paced feed, workers, and what is left in Kafka and Redis."""

import asyncio
import json
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final, NamedTuple, Self

import msgspec
import numpy as np
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from schemas import clock
from schemas.codec import Codec
from schemas.records import DeadLetter, Reference
from streams.document import read_document, read_heads
from streams.feed.publisher import Publisher
from streams.market.symbol_state import ROW
from streams.partition_state import PROGRESS_KEY, Progress, decode_rows
from streams.tables import ROW_COMPACTION, SYMBOLS
from streams.topic_admin import create_topic, create_topics
from streams.topics import AGGREGATES, DEAD_LETTERS, TOPICS
from tests.support.delivery_stream import MINUTE_MS, Record, Stream
from tests.support.worker_processes import WORKER, WorkerProcess

PARTITIONS: Final = 4
SESSION_TIMEOUT: Final = 6.0
"""The shortest that a broker allows by its defaults."""
FLUSH_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 60.0
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
    async with Publisher(bootstrap, Codec(), PARTITIONS, clocked=(AGGREGATES,)) as publisher:
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
        async with Publisher(self._broker, Codec(), PARTITIONS, clocked=(AGGREGATES,)) as publisher:
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


class Outcome(NamedTuple):
    """All that a run leaves behind, in a form that two runs of the same records can be compared in."""

    document: dict[str, Any]
    rows: dict[str, bytes]
    """The newest row of each ticker in the changelog, without the number of its source."""
    progress: dict[int, Progress]
    """Where each partition stands, by the changelog, without the number of its source."""
    letters: frozenset[tuple[str, int, int]]
    """Ticker, start and received time of the bars in the dead letters."""


@dataclass
class Arena:
    """One application with its topics and workers."""

    bootstrap: str
    redis_url: str
    application: str
    folder: Path
    workers: list[WorkerProcess] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the topic of bars anew, with other data to come, and the application's changelog."""
        run(make_anew(self.bootstrap, [AGGREGATES.name, DEAD_LETTERS.name]))
        run(create_topic(self.bootstrap, self.changelog, PARTITIONS, 1, ROW_COMPACTION))
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()

    @property
    def changelog(self) -> str:
        """Name of the changelog topic."""
        return SYMBOLS.changelog(self.application)

    # ---- workers ----

    def start(
        self, name: str = "", settings: Mapping[str, str] | None = None, program: tuple[str, ...] = WORKER
    ) -> WorkerProcess:
        """Start a worker; a name makes its membership static."""
        environment = {
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "REDIS_URL": self.redis_url,
            "TICKERBOARD_INTERVAL_MS": str(MINUTE_MS),
            "TICKERBOARD_PARTITIONS": str(PARTITIONS),
            "TICKERBOARD_APPLICATION": self.application,
            "TICKERBOARD_WORKER": name,
            "TICKERBOARD_SESSION_TIMEOUT_SECONDS": str(SESSION_TIMEOUT),
            "TICKERBOARD_FLUSH_SECONDS": str(FLUSH_SECONDS),
            **(settings or {}),
        }
        number = len(self.workers)
        log = self.folder / f"worker-{number}.log"
        worker = WorkerProcess(name or f"worker-{number}", environment, log, program)
        self.workers.append(worker)
        return worker

    def running(self) -> list[WorkerProcess]:
        """Return the workers that run."""
        return [worker for worker in self.workers if worker.is_running]

    def stop(self) -> None:
        """Stop all workers in order."""
        for worker in self.running():
            worker.terminate()

    def kill(self) -> None:
        """End what still runs, whatever state it is in."""
        for worker in self.running():
            worker.kill()

    def logs(self) -> str:
        """Return all that the workers have said."""
        return "".join(f"--- {worker.name} ({worker.pid})\n{worker.log()}" for worker in self.workers)

    # ---- what there is ----

    def publish(self, records: Sequence[Record]) -> None:
        """Publish records at once."""
        run(publish(self.bootstrap, records))

    def ends(self) -> dict[int, int]:
        """Return the end of each partition of the bars."""

        async def ends() -> dict[int, int]:
            consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
            await consumer.start()
            try:
                parts = [TopicPartition(AGGREGATES.name, partition) for partition in range(PARTITIONS)]
                return {tp.partition: offset for tp, offset in (await consumer.end_offsets(parts)).items()}
            finally:
                await consumer.stop()

        found: dict[int, int] = run(ends())
        return found

    def committed(self) -> dict[int, int]:
        """Return the group's committed offset of each partition of the bars."""

        async def committed() -> dict[int, int]:
            async with admin_of(self.bootstrap) as admin:
                offsets = await admin.list_consumer_group_offsets(self.application)
            return {tp.partition: meta.offset for tp, meta in offsets.items() if tp.topic == AGGREGATES.name}

        found: dict[int, int] = run(committed())
        return found

    def positions(self) -> dict[int, int]:
        """Return the position of each partition as shown in Redis."""
        with redis.Redis.from_url(self.redis_url) as client:
            return {head.partition: head.position for head in read_heads(client)}

    def document(self, as_of: int) -> dict[str, Any]:
        """Return boards and rows as a reader of the JSON file has them."""
        with redis.Redis.from_url(self.redis_url) as client:
            found: dict[str, Any] = json.loads(json.dumps(read_document(client, as_of)))
            return found

    def wait_folded(self, as_of: int, ends: Mapping[int, int] | None = None) -> None:
        """Return once Redis shows every partition at the end of the log; raise where that does not come."""
        wanted = self.ends() if ends is None else dict(ends)
        deadline = clock.monotonic() + PATIENCE_SECONDS
        while True:
            with redis.Redis.from_url(self.redis_url) as client:
                heads = read_heads(client)
            done = {
                head.partition: head.position
                for head in heads
                if head.complete_through >= as_of and head.universe_position == head.position
            }
            if done == wanted:
                return
            if clock.monotonic() > deadline:
                message = f"not folded in time: {heads}, wanted {wanted}\n{self.logs()}"
                raise AssertionError(message)
            time.sleep(POLL_SECONDS)

    def wait_position(self, least: int) -> None:
        """Return once Redis shows that each partition has folded that many records."""
        deadline = clock.monotonic() + PATIENCE_SECONDS
        while len(found := self.positions()) < PARTITIONS or min(found.values()) < least:
            assert clock.monotonic() < deadline, f"{found}\n{self.logs()}"
            time.sleep(POLL_SECONDS)

    def wait_committed(self) -> None:
        """Return once the group has committed all there is, so that the changelog holds it."""
        deadline = clock.monotonic() + PATIENCE_SECONDS
        while self.committed() != self.ends():
            assert clock.monotonic() < deadline, self.logs()

    # ---- what is left ----

    def changelog_items(self) -> list[Item]:
        """Return all that the changelog holds."""
        items: list[Item] = run(read_topic(self.bootstrap, self.changelog))
        return items

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters."""
        items = run(read_topic(self.bootstrap, DEAD_LETTERS.name))
        letters = [Codec().decode(value) for *_, value in items if value]
        return [letter for letter in letters if isinstance(letter, DeadLetter)]

    def outcome(self, stream: Stream) -> Outcome:
        """Wait for the end of a stream, stop the workers in order, and return what they leave."""
        self.wait_folded(stream.as_of)
        document = self.document(stream.as_of)
        self.stop()
        items = self.changelog_items()
        letters = [Codec().decode(letter.payload) for letter in self.dead_letters()]
        return Outcome(
            document,
            rows_of(items),
            progress_of(items),
            frozenset((bar.ticker, bar.start_time, bar.received_time) for bar in letters),  # type: ignore[union-attr]
        )


def rows_of(items: Sequence[Item]) -> dict[str, bytes]:
    """Return the newest row of each ticker, without the number of its source."""
    newest = {key: value for _, _, key, value in items if key != PROGRESS_KEY and value is not None}
    rows = decode_rows(list(newest.values()))
    rows["source"] = 0
    return {key.decode(): row.tobytes() for key, row in zip(newest, rows, strict=True)}


def setbacks(items: Sequence[Item]) -> list[str]:
    """Return in words where the changelog goes back: a key's offset in the bars lower than in its record before."""
    reached: dict[tuple[int, bytes], int] = {}
    found = []
    for partition, offset, key, value in items:
        if value is None:
            continue
        if key == PROGRESS_KEY:
            position = msgspec.msgpack.decode(value, type=Progress).position
        else:
            position = int(decode_rows([value])["offset"][0])
        before = reached.get((partition, key), -1)
        if position < before:
            found.append(f"partition {partition}, offset {offset}, {key!r}: {position} behind {before}")
        reached[partition, key] = position
    return found


def different(rows: Mapping[str, bytes], others: Mapping[str, bytes]) -> list[str]:
    """Return in words where two sets of rows differ."""
    found = [f"{ticker} is in one only" for ticker in sorted(set(rows) ^ set(others))]
    for ticker in sorted(set(rows) & set(others)):
        row, other = (np.frombuffer(both[ticker], ROW)[0] for both in (rows, others))
        names = [name for name in ROW.names or () if row[name].tobytes() != other[name].tobytes()]
        found += [f"{ticker} {name}: {row[name]}, {other[name]}" for name in names]
    return found


def progress_of(items: Sequence[Item]) -> dict[int, Progress]:
    """Return the newest progress of each partition, without what depends on how its records came in batches."""
    newest = {partition: value for partition, _, key, value in items if key == PROGRESS_KEY and value is not None}
    decoded = {partition: msgspec.msgpack.decode(value, type=Progress) for partition, value in newest.items()}
    return {
        partition: msgspec.structs.replace(progress, source=0, marks=[])
        for partition, progress in sorted(decoded.items())
    }


@contextmanager
def arena(bootstrap: str, redis_url: str, application: str, folder: Path) -> Iterator[Arena]:
    """Give an application with empty topics; afterwards nothing of it runs."""
    found = Arena(bootstrap, redis_url, application, folder)
    found.prepare()
    try:
        yield found
    finally:
        found.kill()


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

"""What the tests of delivery share: an application with its topics and workers, and what it leaves."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import redis
from aiokafka import TopicPartition

from schemas import clock
from schemas.codec import Codec
from schemas.parts import Head
from schemas.records import DeadLetter
from streams.document import read_document, read_heads
from streams.tables import ROW_COMPACTION, SYMBOLS, TABLES, TableSpec
from streams.topic_admin import create_topic
from streams.topics import AGGREGATES, ALERTS, DEAD_LETTERS, HALTS, TRADES
from tests.support.delivery_outcome import Outcome, alerts_of, check_shown, different, progress_of, rows_of, setbacks
from tests.support.delivery_stream import MINUTE_MS, Record, Stream
from tests.support.delivery_topics import (
    PARTITIONS,
    POLL_SECONDS,
    SOURCES,
    Feed,
    Item,
    admin_of,
    committed_of,
    delete_topics,
    ends_of,
    make_anew,
    publish,
    read_topic,
    run,
    send_raw,
)
from tests.support.worker_processes import WORKER, WorkerProcess

__all__ = [
    "PARTITIONS",
    "Arena",
    "Feed",
    "Outcome",
    "admin_of",
    "arena",
    "check_shown",
    "delete_topics",
    "different",
    "make_anew",
    "progress_of",
    "publish",
    "rows_of",
    "run",
    "send_raw",
    "setbacks",
]

SESSION_TIMEOUT: Final = 6.0
"""The shortest that a broker allows by its defaults."""
FLUSH_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 60.0
HIDDEN: Final = [topic.name for topic in SOURCES if topic not in {AGGREGATES, TRADES, HALTS}]
"""Topics of which no head says how far they are."""


@dataclass
class Arena:
    """One application with its topics and workers."""

    bootstrap: str
    redis_url: str
    application: str
    folder: Path
    workers: list[WorkerProcess] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the feeds' topics anew, with other data to come, and the application's changelogs."""
        run(make_anew(self.bootstrap, [topic.name for topic in (*SOURCES, ALERTS, DEAD_LETTERS)]))
        for table in TABLES:
            run(create_topic(self.bootstrap, table.changelog(self.application), PARTITIONS, 1, ROW_COMPACTION))
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()

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

    def ends(self, *topics: str) -> dict[TopicPartition, int]:
        """Return the end of each partition of some topics, by default of all that are folded."""
        found: dict[TopicPartition, int] = run(ends_of(self.bootstrap, topics or [topic.name for topic in SOURCES]))
        return found

    def committed(self) -> dict[TopicPartition, int]:
        """Return the group's committed offset of each partition of the topics that are folded."""
        names = {topic.name for topic in SOURCES}
        found = run(committed_of(self.bootstrap, self.application))
        return {place: offset for place, offset in found.items() if place.topic in names}

    def committed_bars(self) -> dict[int, int]:
        """Return the group's committed offset of each partition of the bars."""
        return {place.partition: end for place, end in self.committed().items() if place.topic == AGGREGATES.name}

    def positions(self) -> dict[int, int]:
        """Return the position of each partition as shown in Redis."""
        with redis.Redis.from_url(self.redis_url) as client:
            return {head.partition: head.position for head in read_heads(client)}

    def document(self, as_of: int) -> dict[str, Any]:
        """Return boards and rows as a reader of the JSON file has them."""
        with redis.Redis.from_url(self.redis_url) as client:
            found: dict[str, Any] = json.loads(json.dumps(read_document(client, as_of)))
            return found

    def wait_folded(self, as_of: int) -> None:
        """Return once Redis shows every partition at the end of the bars, and all feeds at an instant (ms).

        Raise where that does not come.
        """
        wanted = {place.partition: end for place, end in self.ends(AGGREGATES.name).items()}
        deadline = clock.monotonic() + PATIENCE_SECONDS
        while True:
            with redis.Redis.from_url(self.redis_url) as client:
                heads = read_heads(client)
            if {head.partition: head.position for head in heads if is_shown(head, as_of)} == wanted:
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

    def wait_committed(self, *topics: str) -> None:
        """Return once the group has committed all there is in some topics, by default all: the changelogs hold it."""
        wanted = self.ends(*topics)
        deadline = clock.monotonic() + PATIENCE_SECONDS
        while not wanted.items() <= self.committed().items():
            assert clock.monotonic() < deadline, self.logs()
            time.sleep(POLL_SECONDS)

    # ---- what is left ----

    def changelog_items(self, table: TableSpec = SYMBOLS) -> list[Item]:
        """Return all that a table's changelog holds."""
        items: list[Item] = run(read_topic(self.bootstrap, table.changelog(self.application)))
        return items

    def alerts(self) -> dict[str, bytes]:
        """Return the alerts of the topic by id; fail where one id has two contents."""
        return alerts_of(run(read_topic(self.bootstrap, ALERTS.name)))

    def shown_alerts(self) -> list[bytes]:
        """Return the alerts in Redis, as JSON."""
        with redis.Redis.from_url(self.redis_url) as client:
            return [alert for key in sorted(client.keys("alerts:*")) for alert in client.zrange(key, 0, -1)]

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters."""
        items = run(read_topic(self.bootstrap, DEAD_LETTERS.name))
        letters = [Codec().decode(value) for *_, value in items if value]
        return [letter for letter in letters if isinstance(letter, DeadLetter)]

    def outcome(self, stream: Stream) -> Outcome:
        """Wait for the end of a stream, stop the workers in order, and return what they leave."""
        self.wait_folded(stream.as_of)
        self.wait_committed(*HIDDEN)
        document = self.document(stream.as_of)
        self.stop()
        items = {table.name: self.changelog_items(table) for table in TABLES}
        letters = [Codec().decode(letter.payload) for letter in self.dead_letters()]
        return Outcome(
            document,
            {table.name: rows_of(items[table.name], table) for table in TABLES},
            {name: progress_of(own) for name, own in items.items()},
            frozenset((bar.ticker, bar.start_time, bar.received_time) for bar in letters),  # type: ignore[union-attr]
            self.alerts(),
        )


def is_shown(head: Head, as_of: int) -> bool:
    """Return whether Redis shows all that a partition has folded, and that is complete up to an instant (ms)."""
    through = (head.complete_through, head.trades_through, head.halts_through)
    return min(through) >= as_of and head.unshown == head.unalerted == 0


@contextmanager
def arena(bootstrap: str, redis_url: str, application: str, folder: Path) -> Iterator[Arena]:
    """Give an application with empty topics; afterwards nothing of it runs."""
    found = Arena(bootstrap, redis_url, application, folder)
    found.prepare()
    try:
        yield found
    finally:
        found.kill()

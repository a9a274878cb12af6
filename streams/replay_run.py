"""Runs the real pipeline over files until an instant, and says what the boards were: ``tickerboard replay``."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from redis import Redis

from schemas.clock import monotonic
from schemas.records import Reference, VolumeCurve
from streams.components import GRACE_SECONDS, Component
from streams.document import Document, read_alerts, read_document, read_heads
from streams.embedded import Services, services
from streams.errors import TickerboardError
from streams.feed.flat_file import FlatFile
from streams.feed.publisher import Publisher
from streams.feed.replay import publish_file
from streams.framing import create_codec
from streams.settings import Settings
from streams.tables import ROW_COMPACTION, TABLES
from streams.topic_admin import create_topic, create_topics
from streams.topics import AGGREGATES, TOPICS, TRADES, Topic

POLL_SECONDS: Final = 0.02
SILENT_SECONDS: Final = 60.0
"""A pipeline that moves nothing for this long, with everything published, has failed."""
RESTARTS: Final = 10


class Job(NamedTuple):
    """What to replay: a day of bars, and what is known beforehand."""

    file: FlatFile
    interval_ms: int
    trades: FlatFile | None
    """What the bars were made of, where they were."""
    background: Iterable[Reference | VolumeCurve]
    speed: float | None
    """Event seconds per second; ``None`` is as fast as it goes."""
    workers: int


class Outcome(NamedTuple):
    """What a replay comes to."""

    document: Document
    alerts: list[bytes]
    """As JSON, by event time."""


class StalledError(TickerboardError):
    """The pipeline stands still."""


Progress = Callable[[str, int, int], None]
"""Takes what is being done, how much is done, and of how much."""


def run(job: Job, settings: Settings, progress: Progress) -> Outcome:
    """Start what is not there, run the pipeline over the job, and return boards, rows and alerts at its instant."""
    with ExitStack() as stack:
        progress("starting Kafka and Valkey", 0, 1)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tickerboard-replay-")))
        running = stack.enter_context(services(settings=settings))
        asyncio.run(prepare(job, running.kafka_bootstrap, settings))
        # What is gone in a moment with its Kafka need not say goodbye to it.
        grace = 0.0 if running.kafka else GRACE_SECONDS
        workers = [
            start_worker(number, running, settings, job.interval_ms, folder, grace) for number in range(job.workers)
        ]
        for worker in workers:
            stack.callback(worker.stop)
        there = settings.model_copy(update={"kafka_bootstrap": running.kafka_bootstrap})
        asyncio.run(publish_job(job, there, progress))
        redis: Redis = stack.enter_context(Redis.from_url(running.redis_url))
        wait_until_folded(redis, job, settings.partitions, workers, progress)
        progress("reading the boards", 1, 1)
        document = read_document(redis, job.file.as_of)
        return Outcome(document, read_alerts(redis, document["trading_date"]))


async def prepare(job: Job, bootstrap: str, settings: Settings) -> None:
    """Make the topics, and publish what must be there before the workers start: reference and curves."""
    await prepare_topics(bootstrap, settings)
    async with Publisher(bootstrap, create_codec(settings), settings.partitions, clocked=()) as publisher:
        await publisher.publish(job.background)


async def prepare_topics(bootstrap: str, settings: Settings) -> None:
    """Make the topics and the changelog where they are missing."""
    await create_topics(bootstrap, TOPICS, settings.partitions, settings.replication)
    for table in TABLES:
        changelog = table.changelog(settings.application)
        await create_topic(bootstrap, changelog, settings.partitions, settings.replication, ROW_COMPACTION)


def start_worker(
    number: int,
    running: Services,
    settings: Settings,
    interval_ms: int,
    folder: Path,
    grace_seconds: float = GRACE_SECONDS,
) -> Component:
    """Start a worker process; its name makes its membership static, so that a restart needs no rebalance."""
    environment = {
        "KAFKA_BOOTSTRAP": running.kafka_bootstrap,
        "REDIS_URL": running.redis_url,
        "TICKERBOARD_INTERVAL_MS": str(interval_ms),
        "TICKERBOARD_PARTITIONS": str(settings.partitions),
        "TICKERBOARD_APPLICATION": settings.application,
        "TICKERBOARD_WORKER": f"worker-{number}-{secrets.token_hex(4)}",
    }
    worker = Component(
        f"worker-{number}",
        ["agents.worker"],
        environment,
        folder,
        restarts=RESTARTS,
        grace_seconds=grace_seconds,
    )
    return worker.start()


async def publish_job(job: Job, settings: Settings, progress: Progress) -> None:
    """Publish the bars, and the trades they were made of, side by side."""
    async with asyncio.TaskGroup() as group:
        group.create_task(publish(job.file, AGGREGATES, job.speed, settings, progress))
        if job.trades is not None:
            group.create_task(publish(job.trades, TRADES, job.speed, settings, progress))


async def publish(file: FlatFile, topic: Topic, speed: float | None, settings: Settings, progress: Progress) -> None:
    """Publish a file's records to their topic, with its clocks."""
    codec = create_codec(settings)
    async with Publisher(settings.kafka_bootstrap, codec, settings.partitions, clocked=(topic,)) as publisher:
        await publish_file(publisher, file, speed, lambda done, total: progress("publishing", done, total))


def wait_until_folded(
    redis: Redis, job: Job, partitions: int, workers: Sequence[Component], progress: Progress
) -> None:
    """Return once every partition has shown its state at the job's instant; raise where nothing moves any more."""
    total = len(job.file.columns)
    reached: tuple[int, ...] = ()
    moved = monotonic()
    while True:
        heads = read_heads(redis)
        done = [
            head
            for head in heads
            if head.complete_through >= job.file.as_of
            and (job.trades is None or head.trades_through >= job.file.as_of)
            and head.unshown == head.unalerted == 0
        ]
        progress("folding", min(total, sum(head.position for head in heads)), total)
        if len(done) == partitions:
            return
        for worker in workers:
            worker.check()
        positions = tuple(head.position for head in heads)
        if positions != reached:
            reached, moved = positions, monotonic()
        elif monotonic() - moved > SILENT_SECONDS:
            message = (
                f"the workers have folded nothing for {SILENT_SECONDS:g} s: {len(done)} of {partitions} partitions are "
                f"done; last lines of a worker:\n{workers[0].process.last_lines()}"
            )
            raise StalledError(message)
        time.sleep(POLL_SECONDS)

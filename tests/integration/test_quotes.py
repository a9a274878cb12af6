"""Quotes on a real broker come to a row in a real Valkey, beside the bars, and stay there when a worker dies."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from schemas import clock
from schemas.codec import Codec
from schemas.records import Aggregate, Clock, Quote
from streams import embedded
from streams.document import read_document, read_heads
from streams.feed.publisher import Publisher
from streams.replay_run import prepare_topics
from streams.settings import Settings
from streams.topics import QUOTES, TOPICS
from tests.support.delivery_topics import admin_of, delete_topics
from tests.support.worker_processes import WorkerProcess
from tests.unit.market.builders import DAY, MINUTE, SECOND, bar
from tests.unit.market.quote_builders import quote

PARTITIONS: Final = 2
PATIENCE_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05
NOON: Final = DAY.open + 150 * MINUTE
FIELDS: Final = ("bid", "ask", "spread", "spread_bps")
NONE: Final = [None] * len(FIELDS)

Record = Aggregate | Quote | Clock


class Pipeline:
    """An application whose topics nobody else uses, and its one worker."""

    def __init__(self, services: embedded.Services, settings: Settings, folder: Path) -> None:
        """Take the services that run."""
        self._services = services
        self.redis_url = services.redis_url
        self._settings = settings
        self._folder = folder
        self.worker = self.start()

    def start(self) -> WorkerProcess:
        """Start a worker; its name makes its membership static."""
        environment = {
            "KAFKA_BOOTSTRAP": self._services.kafka_bootstrap,
            "REDIS_URL": self.redis_url,
            "TICKERBOARD_INTERVAL_MS": str(SECOND),
            "TICKERBOARD_PARTITIONS": str(PARTITIONS),
            "TICKERBOARD_APPLICATION": self._settings.application,
            "TICKERBOARD_WORKER": "worker",
            "TICKERBOARD_SESSION_TIMEOUT_SECONDS": "6",
            "TICKERBOARD_FLUSH_SECONDS": "0.5",
        }
        self.worker = WorkerProcess("worker", environment, self._folder / "worker.log")
        return self.worker

    def publish(self, records: Sequence[Record]) -> None:
        """Publish records in their order."""

        async def publish() -> None:
            async with Publisher(self._services.kafka_bootstrap, Codec(), PARTITIONS) as publisher:
                await publisher.publish(records)

        asyncio.run(publish())

    def rows(self) -> dict[str, list[float | None]]:
        """Return what Valkey says of each ticker's quote."""
        with redis.Redis.from_url(self.redis_url) as client:
            if not read_heads(client):
                return {}
            symbols = read_document(client)["symbols"]
        return {ticker: [row[name] for name in FIELDS] for ticker, row in symbols.items()}

    def wait(self, what: Callable[[], Any], wanted: object) -> None:
        """Return once something is as wanted; fail where that does not come."""
        deadline = clock.monotonic() + PATIENCE_SECONDS
        while (found := what()) != wanted:
            assert clock.monotonic() < deadline, f"{found}, wanted {wanted}\n{self.worker.log()}"
            time.sleep(POLL_SECONDS)

    def committed(self) -> int:
        """Return how many records of ``quotes`` the group has committed: the changelog holds what they came to."""

        async def committed() -> int:
            async with admin_of(self._services.kafka_bootstrap) as admin:
                offsets = await admin.list_consumer_group_offsets(self._settings.application)
            return sum(max(meta.offset, 0) for place, meta in offsets.items() if place.topic == QUOTES.name)

        return asyncio.run(committed())


@pytest.fixture
def pipeline(
    services: embedded.Services, redis_db: str, unique: Callable[[str], str], tmp_path: Path
) -> Iterator[Pipeline]:
    """Give an application with a worker, and take its topics away afterwards."""
    assert redis_db == services.redis_url
    names = [topic.name for topic in TOPICS]
    settings = Settings(application=unique("quotes-test"), partitions=PARTITIONS, replication=1)
    asyncio.run(delete_topics(services.kafka_bootstrap, names))
    asyncio.run(prepare_topics(services.kafka_bootstrap, settings))
    running = Pipeline(services, settings, tmp_path)
    yield running
    if running.worker.is_running:
        running.worker.kill()
    asyncio.run(delete_topics(services.kafka_bootstrap, names))


def test_quotes_stand_beside_bars_and_survive_a_kill(pipeline: Pipeline) -> None:
    """The newest quote by its time; one side has no spread; no quote, no fields; a dead worker's rows come back."""
    pipeline.publish([
        *(bar(ticker, NOON, 10.0) for ticker in ("BOTH", "ONE", "CROSSED", "NONE")),
        quote("BOTH", NOON, 9.0, 11.0),
        quote("BOTH", NOON + SECOND, 9.5, 10.5),
        quote("BOTH", NOON + SECOND - 1, 1.0, 2.0),
        quote("ONE", NOON, None, 10.5),
        quote("CROSSED", NOON, 10.5, 9.5),
        quote("UNTRADED", NOON),
        Clock(event_time=NOON + SECOND, received_time=NOON),
    ])  # fmt: skip
    expected = {
        "BOTH": [9.5, 10.5, 1.0, 1000.0],
        "CROSSED": [10.5, 9.5, -1.0, -1000.0],
        "NONE": NONE,
        "ONE": [None, 10.5, None, None],
    }
    pipeline.wait(pipeline.rows, expected)

    pipeline.wait(pipeline.committed, 6 + PARTITIONS)
    pipeline.worker.kill()
    with redis.Redis.from_url(pipeline.redis_url) as client:
        client.flushall()
    pipeline.start()
    # Nothing of the first life is read again: what the rows say of it was in the changelog.
    pipeline.publish([
        quote("BOTH", NOON + SECOND - 1, 1.0, 2.0),
        quote("ONE", NOON + 2 * SECOND, 10.0, 10.5),
        bar("NONE", NOON + SECOND, 11.0),
        Clock(event_time=NOON + 2 * SECOND, received_time=NOON),
    ])  # fmt: skip
    pipeline.wait(pipeline.committed, 6 + 2 + 2 * PARTITIONS)
    pipeline.wait(pipeline.rows, expected | {"ONE": [10.0, 10.5, 0.5, 0.5 / 10.25 * 10_000]})

"""A worker process: ``python -m agents.worker``. Every agent is imported and attached here, by name."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import faust
import structlog
import uvloop
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from redis.asyncio import Redis

from agents import aggregates
from schemas.clock import monotonic
from schemas.codec import Codec
from schemas.records import Reference, VolumeCurve
from streams.app import create_app
from streams.background import Background
from streams.columnar_table import ColumnarTable
from streams.dead_letters import DeadLetterWriter
from streams.errors import TickerboardError
from streams.framing import create_codec
from streams.logs import configure_logs
from streams.memory import give_memory_back
from streams.read_model import ReadModel
from streams.reference_follower import ReferenceFollower
from streams.settings import Settings, complaint
from streams.tables import SYMBOLS
from streams.topic_ids import topic_ids
from streams.warm_up import warm_up

log = structlog.get_logger()


class Worker:
    """What runs beside the agents: flushing, publishing, following the reference."""

    def __init__(self, settings: Settings, app: faust.App, table: ColumnarTable, codec: Codec) -> None:
        """Wire the parts together."""
        self._settings = settings
        self._app = app
        self._table = table
        self._backgrounds: dict[int, Background] = {}
        self._redis = Redis.from_url(settings.redis_url)
        self._read_model = ReadModel(self._redis, settings.partitions)
        self._follower = ReferenceFollower(settings.kafka_bootstrap, codec, self._put)
        self._following = False
        self.dead_letters = DeadLetterWriter(app, codec)

    def _put(self, partition: int, record: Reference | VolumeCurve) -> None:
        """Take in a reference record, unless its partition has just been given away."""
        background = self._backgrounds.get(partition)
        if background is not None:
            background.put(record)

    async def before_start(self) -> None:
        """Before the first bar of new partitions: read what is known of their tickers, however long it takes.

        Faust would swallow an error here and start without.
        """
        while not self._app.should_stop:
            try:
                await self._load_reference()
            except (KafkaError, OSError) as error:
                log.warning("reference not readable, trying again", error=repr(error))
                await asyncio.sleep(1)
            else:
                return

    async def _load_reference(self) -> None:
        """Follow the reference of the partitions owned now; what is new is read from its beginning."""
        if not self._following:
            await self._follower.__aenter__()
            self._following = True
        owned = set(self._table.states)
        kept = owned & set(self._backgrounds)
        new = owned - kept
        self._backgrounds = {partition: self._backgrounds.get(partition, Background()) for partition in owned}
        await self._follower.follow(kept, new)
        self._read_model.forget(owned)

    async def flush(self) -> None:
        """Write what changed to the changelog, then commit what it covers."""
        await self._table.flush()
        if not self._app.rebalancing and self._table.states:
            await self._app.consumer.commit()
            if self._app.tables.actives_ready:
                await self._table.read_missing()

    async def publish(self) -> None:
        """Write changed partitions to Redis, unless another worker may own them by now."""
        if self._app.rebalancing or not self._app.tables.actives_ready or not self._table.has_lease():
            return
        for partition, state in list(self._table.states.items()):
            background = self._backgrounds.get(partition)
            if background is not None:
                await self._read_model.write(partition, state, background)

    async def every(self, seconds: float, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work again and again; what goes wrong is logged and tried again."""
        due = monotonic() + seconds
        while not self._app.should_stop:
            await asyncio.sleep(max(0.0, due - monotonic()))
            due = max(due + seconds, monotonic())
            if self._app.consumer is None or not self._app.consumer.started:
                continue
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - the edge of the process: the next round may succeed
                log.warning("not done, will try again", what=what, error=repr(error))

    def attach(self) -> None:
        """Start the work with the app."""
        self._table.before_start = self.before_start
        self._table.before_write = self.dead_letters.send
        settings = self._settings

        @self._app.task  # type: ignore[untyped-decorator] # faust's
        async def flush() -> None:
            await self.every(settings.flush_seconds, "flush", self.flush)

        @self._app.task  # type: ignore[untyped-decorator] # faust's
        async def publish() -> None:
            await self.every(settings.publish_seconds, "publish", self.publish)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(f"tickerboard: {complaint(error)}")
    configure_logs(settings.log_level)
    give_memory_back()
    uvloop.install()
    try:
        codec = create_codec(settings)
        ids = uvloop.run(topic_ids(settings.kafka_bootstrap, [topic.name for topic in SYMBOLS.sources]))
    except TickerboardError as error:
        sys.exit(f"tickerboard: {error}")
    warm_up()
    with TemporaryDirectory(prefix="tickerboard-worker-") as folder:
        app, table = create_app(settings, ids, Path(folder))
        worker = Worker(settings, app, table, codec)
        aggregates.attach(app, table, codec, worker.dead_letters)
        worker.attach()
        log.info("worker starts", application=settings.application, interval_ms=settings.interval_ms)
        process = faust.Worker(app, loglevel="WARN", override_logging=False, quiet=True, redirect_stdouts=False)
        process.execute_from_commandline()


if __name__ == "__main__":
    main()

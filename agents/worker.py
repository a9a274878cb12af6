"""A worker process: ``python -m agents.worker``. Every agent is imported and attached here, by name."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import faust
import structlog
import uvloop
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from agents import folds
from agents.folds import Sinks
from schemas.clock import monotonic
from schemas.codec import Codec
from schemas.records import Reference, TradeCondition, VolumeCurve
from streams.alert_history import restore_alerts
from streams.alert_writer import AlertWriter
from streams.app import KnownBefore, create_app, state_makers
from streams.background import Backgrounds
from streams.dead_letters import DeadLetterWriter
from streams.errors import TickerboardError
from streams.framing import create_codec
from streams.logs import configure_logs
from streams.market.trade_conditions import default_rules, put_rule
from streams.memory import give_memory_back, trim
from streams.read_model import ReadModel
from streams.reference_follower import ReferenceFollower
from streams.settings import Settings, complaint
from streams.table_group import TableGroup
from streams.tables import TABLES
from streams.topic_ids import topic_ids
from streams.view import States
from streams.warm_up import warm_up

log = structlog.get_logger()

RESTORE_SECONDS: Final = 0.5
"""Time between two looks at whether Redis has lost something."""
TRIM_SECONDS: Final = 10.0
SHOW_SECONDS: Final = 1.0
"""How long a changelog waits for alerts to be in Redis."""


class Worker:
    """What runs beside the agents: flushing, publishing, following the reference."""

    def __init__(
        self, settings: Settings, app: faust.App, tables: TableGroup, known: KnownBefore, codec: Codec
    ) -> None:
        """Wire the parts together."""
        redis = Redis.from_url(settings.redis_url)
        self._settings = settings
        self._app = app
        self._redis = redis
        self._codec = codec
        self._tables = tables
        self._known = known
        self._read_model = ReadModel(redis, settings.partitions)
        self._follower = ReferenceFollower(settings.kafka_bootstrap, codec, self._put)
        self._followed: set[int] | None = None
        self._following = asyncio.Lock()
        self._dead_letters = DeadLetterWriter(app, codec)
        self._alerts = AlertWriter(app, redis, codec)
        sinks = Sinks(self._dead_letters, self._alerts, known.backgrounds)
        for spec, table in zip(TABLES, tables, strict=True):
            folds.attach(app, spec, table, codec, sinks)
            table.before_start = self.before_start
            table.before_write = self.before_write

    def _put(self, partition: int, record: Reference | VolumeCurve | TradeCondition) -> None:
        """Take in what is known of a ticker, or what trades with a condition may change."""
        if isinstance(record, TradeCondition):
            put_rule(self._known.conditions, record)
        else:
            self._known.backgrounds.of(partition).put(record)

    async def before_start(self) -> None:
        """Before the first record of new partitions: read what is known of their tickers, however long it takes.

        Faust would swallow an error here and start without. Every table asks, all at once.
        """
        while not self._app.should_stop:
            try:
                async with self._following:
                    await self._load_reference()
            except (KafkaError, OSError) as error:
                log.warning("reference not readable, trying again", error=repr(error))
                await asyncio.sleep(1)
            else:
                return

    async def _load_reference(self) -> None:
        """Follow the reference of the partitions owned now; what is new is read from its beginning."""
        if self._followed is None:
            await self._follower.__aenter__()
            self._followed = set()
        owned = self._tables.partitions
        kept = owned & self._followed
        await self._follower.follow(kept, owned - kept)
        self._followed = owned
        self._read_model.forget(owned)
        self._read_model.lost |= owned - kept

    async def before_write(self) -> None:
        """Before a changelog says that records are done with: send what went elsewhere, and show it.

        Nobody makes these alerts again. A Redis that does not answer holds up no changelog: they wait for it.
        """
        await self._dead_letters.send()
        await self._alerts.send()
        try:
            async with asyncio.timeout(SHOW_SECONDS):
                await self._alerts.show()
        except (RedisError, TimeoutError) as error:
            log.warning("alerts not shown, will try again", error=repr(error))

    async def flush(self) -> None:
        """Write what changed to the changelogs, then commit what they cover."""
        await self._tables.flush()
        if not self._app.rebalancing and self._tables.partitions:
            await self._app.consumer.commit()
            if self._app.tables.actives_ready:
                await self._tables.read_missing()

    async def publish(self) -> None:
        """Send alerts and write changed partitions to Redis, unless another worker may own them by now."""
        if self._app.rebalancing or not self._app.tables.actives_ready or not self._tables.has_lease():
            return
        bars, *others = self._tables
        of_partition = {
            partition: States(state, *(table.states.get(partition) for table in others))
            for partition, state in bars.states.items()
        }
        told = {partition: states.changes for partition, states in of_partition.items()}
        await self._alerts.send()
        await self._alerts.show()
        for partition, states in of_partition.items():
            if bars.states.get(partition) is states.bars:
                await self._read_model.write(partition, states, told[partition])

    async def restore(self) -> None:
        """Bring back alerts that Redis lost, or that a worker before this one could not show."""
        if not (lost := self._read_model.lost & self._tables.partitions):
            return
        count = await restore_alerts(self._settings.kafka_bootstrap, self._redis, self._codec, lost)
        self._read_model.lost -= lost
        log.info("alerts of the last day are in Redis", alerts=count, partitions=len(lost))

    async def trim(self) -> None:
        """Give back memory that is not in use."""
        trim()

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
        settings = self._settings

        @self._app.task  # type: ignore[untyped-decorator] # faust's
        async def flush() -> None:
            await self.every(settings.flush_seconds, "flush", self.flush)

        @self._app.task  # type: ignore[untyped-decorator] # faust's
        async def publish() -> None:
            await self.every(settings.publish_seconds, "publish", self.publish)

        @self._app.task  # type: ignore[untyped-decorator] # faust's
        async def restore() -> None:
            await self.every(RESTORE_SECONDS, "restore", self.restore)

        @self._app.task  # type: ignore[untyped-decorator] # faust's
        async def give_back() -> None:
            await self.every(TRIM_SECONDS, "trim", self.trim)


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
        ids = uvloop.run(topic_ids(settings.kafka_bootstrap, [table.source.name for table in TABLES]))
    except TickerboardError as error:
        sys.exit(f"tickerboard: {error}")
    warm_up()
    with TemporaryDirectory(prefix="tickerboard-worker-") as folder:
        known = KnownBefore(Backgrounds(), default_rules())
        app, tables = create_app(settings, state_makers(settings, ids, known), Path(folder))
        worker = Worker(settings, app, tables, known, codec)
        worker.attach()
        log.info("worker starts", application=settings.application, interval_ms=settings.interval_ms)
        process = faust.Worker(app, loglevel="WARN", override_logging=False, quiet=True, redirect_stdouts=False)
        process.execute_from_commandline()


if __name__ == "__main__":
    main()

"""Builds the Faust app: one function from settings to an app with its tables, on the batch transport."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import faust
import structlog
from faust.tables import TableManager

from streams.background import Backgrounds
from streams.changelog import source_of
from streams.columnar_table import ColumnarTable
from streams.halt_folding import HaltFolding
from streams.market.bar_events import rules
from streams.market.trade_conditions import Rules
from streams.partition_state import PartitionState, bar_state
from streams.quote_folding import QuoteFolding
from streams.settings import Settings
from streams.table_group import TableGroup
from streams.tables import PRINTS, STATUSES, SYMBOLS, TABLES, TOPS, TableSpec
from streams.trade_folding import TradeFolding
from streams.transport import BatchConsumer, BatchTransport

log = structlog.get_logger()

FETCH_BYTES: Final = 1 << 19
"""Of one partition in one fetch: larger ones cost less for each record, and memory."""
PRODUCER_BATCH_BYTES: Final = 900_000
"""Below the broker's largest message."""
EVENTS_QUEUED: Final = 16
"""Batches waiting for an agent at most."""


class PromptTableManager(TableManager):  # type: ignore[misc] # faust's class is untyped
    """Faust's table manager without the second that it sleeps at the start of every worker.

    The agents, whose topics must be known before the tables are, are attached before the app starts.
    """

    async def on_start(self) -> None:
        """Register the tables and start recovery."""
        await self._update_channels()
        await self.recovery.start()


def create_app(
    settings: Settings, new_states: Mapping[TableSpec, Callable[[int], PartitionState]], folder: Path
) -> tuple[faust.App, TableGroup]:
    """Return the app and its tables; ``new_states`` make the empty state of a partition (``state_makers``).

    ``folder`` is where Faust may make its (empty) data folders.
    """
    timeout = settings.session_timeout_seconds
    app = faust.App(
        settings.application,
        broker=f"kafka://{settings.kafka_bootstrap}",
        # Topics are made beforehand, with their settings; the group needs no leader topic.
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        table_standby_replicas=0,
        TableManager=PromptTableManager,
        store="memory://",
        datadir=str(folder),
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH_BYTES,
        consumer_group_instance_id=settings.worker or None,
        stream_buffer_maxsize=EVENTS_QUEUED,
        broker_commit_interval=max(1.0, settings.flush_seconds),
        broker_session_timeout=timeout,
        broker_heartbeat_interval=min(1.0, timeout / 6),
        broker_rebalance_timeout=max(30.0, timeout),
        broker_request_timeout=max(40.0, timeout * 2),
        producer_acks=-1,
        producer_linger=0,
        producer_max_batch_size=PRODUCER_BATCH_BYTES,
        # aiokafka's lz4 runs at its slowest level: a flush of the whole market would hold up the boards for 0.3 s.
        producer_compression_type=None,
    )
    app.transport = BatchTransport(app.conf.broker_consumer, app)
    tables = []
    for spec in TABLES:
        table = ColumnarTable(
            app,
            name=spec.name,
            sources=[spec.source.name],
            new_state=new_states[spec],
            partitions=settings.partitions,
            key_type=bytes,
            value_type=bytes,
        )
        tables.append(app.tables.add(table))
    BatchConsumer.table = group = TableGroup(tables)
    return app, group


class KnownBefore(NamedTuple):
    """What is known before the first record; it grows while the worker runs."""

    backgrounds: Backgrounds
    conditions: Rules
    """What trades may change."""


def state_makers(
    settings: Settings, topic_ids: dict[str, str], known: KnownBefore
) -> dict[TableSpec, Callable[[int], PartitionState]]:
    """Return for each table what makes the empty state of a partition."""
    event_rules = rules(round(settings.alert_cooldown_seconds * 1000), settings.alert_minimum_increment)
    bars, trades, halts, quotes = (topic_ids[spec.source.name] for spec in (SYMBOLS, PRINTS, STATUSES, TOPS))
    of = known.backgrounds.of
    return {
        SYMBOLS: lambda partition: bar_state(settings.interval_ms, bars, of(partition), event_rules),
        PRINTS: lambda partition: PartitionState(TradeFolding(of(partition), known.conditions), source_of(trades)),
        STATUSES: lambda _partition: PartitionState(HaltFolding(), source_of(halts)),
        TOPS: lambda _partition: PartitionState(QuoteFolding(), source_of(quotes)),
    }

"""``tickerboard topics``: make the topics that are missing."""

import asyncio

import click

from streams.feed.input_error import InputError
from streams.replay_run import prepare_topics
from streams.settings import Settings
from streams.tables import TABLES
from streams.topics import TOPICS


@click.command(short_help="Make the topics that are missing.")
@click.option("--brokers", help="host:port of a Kafka broker.  [default: KAFKA_BOOTSTRAP]")
def topics(brokers: str | None) -> None:
    """Make the topics that are missing, with their partitions and retention, and list them.

    TICKERBOARD_PARTITIONS and TICKERBOARD_REPLICATION say how many and how many copies. A topic that exists with
    another number of partitions is refused, never changed.
    """
    settings = Settings()
    bootstrap = brokers or settings.kafka_bootstrap
    if not bootstrap:
        message = "topics are made on a broker: give --brokers or set KAFKA_BOOTSTRAP"
        raise InputError(message)
    asyncio.run(prepare_topics(bootstrap, settings))
    for topic in TOPICS:
        kept = "" if topic.retention_ms is None else f"kept {topic.retention_ms // 86_400_000} days"
        kept = " and ".join(filter(None, (kept, "compacted" if topic.compacted or not kept else "")))
        click.echo(f"{topic.name:<36} {settings.partitions} partitions, by {topic.key}, {kept}")
    for table in TABLES:
        click.echo(f"{table.changelog(settings.application):<36} {settings.partitions} partitions, compacted")

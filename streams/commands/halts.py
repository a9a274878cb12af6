"""``tickerboard halts``: publish files of the exchange's halt feed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from streams.commands.replay import tell_rejects
from streams.feed.halts_file import publish_halts, read_halts_file
from streams.feed.halts_rss import HaltFeed
from streams.feed.input_error import InputError
from streams.feed.publisher import Publisher
from streams.framing import create_codec
from streams.replay_run import prepare_topics
from streams.settings import Settings


@click.command(short_help="Publish files of the exchange's halt feed.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--brokers", help="host:port of a Kafka broker.  [default: KAFKA_BOOTSTRAP]")
def halts(files: tuple[Path, ...], brokers: str | None) -> None:
    r"""Publish files of Nasdaq's trade-halt feed (RSS), which lists the halts of every US market.

    Items that cannot be used are counted and named; the rest goes to the topic halts, oldest halt first. The same file
    may be published again: a halt is known by its ticker and when it began.

    \b
    Example:
      tickerboard halts tradehalts.xml --brokers 127.0.0.1:9092
    """
    settings = Settings()
    bootstrap = brokers or settings.kafka_bootstrap
    if not bootstrap:
        message = "halts are published to a broker: give --brokers or set KAFKA_BOOTSTRAP"
        raise InputError(message)
    feeds = [read_halts_file(path) for path in files]
    asyncio.run(publish(feeds, settings.model_copy(update={"kafka_bootstrap": bootstrap})))
    console = Console(stderr=True)
    for path, feed in zip(files, feeds, strict=True):
        tell_rejects(console, feed.rejects, f"{path}: ")
        click.echo(f"{path}: {len(feed.halts):,} halts published")


async def publish(feeds: Sequence[HaltFeed], settings: Settings) -> None:
    """Publish what files list, making the topics that are missing."""
    await prepare_topics(settings.kafka_bootstrap, settings)
    codec = create_codec(settings)
    async with Publisher(settings.kafka_bootstrap, codec, settings.partitions, clocked=()) as publisher:
        await publish_halts(publisher, feeds)

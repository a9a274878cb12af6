"""``tickerboard work`` and ``tickerboard serve``: one component, as a container runs it."""

import os
import sys
from typing import NoReturn

import click

from streams.feed.input_error import InputError
from streams.settings import Settings


def become(module: str, *arguments: str, **environment: str) -> NoReturn:
    """Turn this process into ``python -m MODULE ARGUMENTS…``, with more in its environment."""
    command = [sys.executable, "-m", module, *arguments]
    os.execve(sys.executable, command, {**os.environ, **environment})  # noqa: S606 - our own module, no shell


@click.command(short_help="Run a worker.")
@click.option("--brokers", help="host:port of a Kafka broker.  [default: KAFKA_BOOTSTRAP]")
@click.option("--redis-url", help="Redis or Valkey to write to.  [default: REDIS_URL]")
@click.option("--bar-seconds", type=click.IntRange(1), help="Length of the bars to fold.  [default: 1]")
def work(brokers: str | None, redis_url: str | None, bar_seconds: int | None) -> None:
    """Fold the topics into boards, and write them to Redis, until stopped.

    Workers of one application (TICKERBOARD_APPLICATION) share the partitions among them: start as many as there are
    cores to spare. Give each a name that it keeps (TICKERBOARD_WORKER), and a restart moves no partition.
    """
    settings = Settings()
    environment = {
        "KAFKA_BOOTSTRAP": brokers or settings.kafka_bootstrap,
        "REDIS_URL": redis_url or settings.redis_url,
        "TICKERBOARD_INTERVAL_MS": str(bar_seconds * 1000 if bar_seconds else settings.interval_ms),
    }
    for name, option in (("KAFKA_BOOTSTRAP", "--brokers"), ("REDIS_URL", "--redis-url")):
        if not environment[name]:
            message = f"a worker needs {option}, or {name} in the environment"
            raise InputError(message)
    become("agents.worker", **environment)


@click.command(
    short_help="Run a gateway.",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve live boards over a WebSocket, REST and a page (see ``tickerboard serve --help``)."""
    become("api", *arguments)

"""How fast one listener brings the simulator's socket into Kafka."""

import asyncio
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

import uvloop
from pydantic import SecretStr

from schemas.clock import monotonic
from schemas.codec import Codec
from streams.embedded import EmbeddedKafka
from streams.feed.massive_link import Feed
from streams.feed.massive_listener import ListenerOptions, MassiveListener
from streams.feed.publisher import Publisher
from streams.topic_admin import create_topics
from streams.topics import TOPICS
from tests.benchmarks.table import Result

GOAL: Final = 30_000
"""Records per second."""
MINUTES: Final = 3
TICKERS: Final = 12_000
KEY: Final = "test"
CHANNELS: Final = ("A.*", "T.*", "LULD.*")
PARTITIONS: Final = 8
QUIET_SECONDS: Final = 1.0
"""So long without a record is the end of the simulated minutes."""


class Rates(NamedTuple):
    """What was measured."""

    records: int
    seconds: float
    cpu_seconds: float
    stalls: int

    @property
    def per_second(self) -> float:
        """Records per second."""
        return self.records / self.seconds

    @property
    def microseconds(self) -> float:
        """CPU time of the listener per record."""
        return self.cpu_seconds / self.records * 1e6


def cpu_seconds() -> float:
    """Return the CPU time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def simulator(minutes: int, tickers: int) -> "subprocess.Popen[str]":
    """Start a simulator that sends minutes from 09:30 as fast as they are read."""
    span = ["--start", "09:30", "--until", f"09:{30 + minutes}", "--no-prefill", "--speed", "max"]
    market = ["--date", "2026-11-20", "--tickers", str(tickers), "--key", KEY]
    command = [sys.executable, "-m", "streams", "simulate", *span, *market]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def listen_until_quiet(bootstrap: str, url: str) -> Rates:
    """Listen from the first record to the last; start-up and compilation are not counted."""
    await create_topics(bootstrap, TOPICS, PARTITIONS, 1)
    async with Publisher(bootstrap, Codec(), PARTITIONS) as publisher:
        options = ListenerOptions(feed_is_live=False, log_seconds=3600)
        listener = MassiveListener(Feed.at(url, CHANNELS, SecretStr(KEY)), publisher, options)
        running = asyncio.create_task(listener.run())
        while publisher.records_sent == 0:  # noqa: ASYNC110 - the listener announces nothing
            await asyncio.sleep(0.01)
        first, began, used = listener.counters.records, monotonic(), cpu_seconds()
        last, moved, spent = first, began, used
        while monotonic() - moved < QUIET_SECONDS:
            await asyncio.sleep(0.05)
            if listener.counters.records != last:
                last, moved, spent = listener.counters.records, monotonic(), cpu_seconds()
        listener.stop()
        await running
    return Rates(last - first, moved - began, spent - used, listener.counters.stalls)


def measure() -> Iterator[Result]:
    """Yield the table of the listener's rates."""
    with EmbeddedKafka() as kafka, simulator(MINUTES, TICKERS) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"ws://\S+", server.stdout.readline())
            assert found is not None
            rates = uvloop.run(listen_until_quiet(kafka.bootstrap, found.group()))
        finally:
            server.terminate()
    rows = [
        ["records/s", f"≥ {GOAL:,}", f"{rates.per_second:,.0f}"],
        ["CPU per record", "", f"{rates.microseconds:.2f} µs"],
        ["records", "", f"{rates.records:,}"],
        ["frames that found the queue full", "", f"{rates.stalls:,}"],
    ]
    note = (
        f"{MINUTES} simulated minutes from 09:30 of {TICKERS:,} tickers: second bars, trades and bands, sent as fast "
        "as they are read; the simulator and Kafka share the cores with the one listener."
    )
    yield Result("Listener: the simulator's socket into Kafka", ["", "goal", "measured"], rows, note)

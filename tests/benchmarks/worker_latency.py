"""From a record's Kafka time to its visibility in Redis: at a steady rate, and for a burst on a low base."""

import asyncio
import bisect
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from redis import Redis

from schemas import redis_keys
from schemas.clock import monotonic, now_ms
from schemas.parts import decode_head
from streams.feed.feed_clock import FeedClock
from tests.benchmarks.rig import Rig, bars, rig, usage
from tests.benchmarks.table import Result

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

TICKERS: Final = 12_000
STEADY_RATE: Final = 50_000
STEADY_SECONDS: Final = 20
EVENT_SECONDS: Final = 5
"""Seconds of the market published in one of the clock's: 50,000 bars are what 12,000 tickers make in five."""
BASE_RATE: Final = 2_000
BURST: Final = TICKERS
TICK_SECONDS: Final = 0.02
WARM_SECONDS: Final = 5
GOAL_MS: Final = 200


class Seen(NamedTuple):
    """Heads as they were seen: when (wall clock, ms), and up to which offset of the partition."""

    times: dict[int, list[int]]
    positions: dict[int, list[int]]

    def visible_at(self, partition: int, offset: int) -> int | None:
        """Return when an offset was first visible."""
        index = bisect.bisect_right(self.positions[partition], offset)
        return self.times[partition][index] if index < len(self.times[partition]) else None


def watch(redis_url: str, answers: "Connection") -> None:
    """Note every head until told to stop, then hand over what was seen; runs in a process of its own."""
    times: dict[int, list[int]] = defaultdict(list)
    positions: dict[int, list[int]] = defaultdict(list)
    with Redis.from_url(redis_url) as redis, redis.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(redis_keys.changes())
        channel.get_message(timeout=1)
        answers.send("watching")
        while not answers.poll():
            message = channel.get_message(timeout=0.2)
            if message is None:
                continue
            head = decode_head(message["data"])
            if not positions[head.partition] or head.position > positions[head.partition][-1]:
                positions[head.partition].append(head.position)
                times[head.partition].append(now_ms())
    answers.send((dict(times), dict(positions)))


@contextmanager
def watching(redis_url: str) -> Iterator[Callable[[], Seen]]:
    """Watch in another process; the function given stops it and returns what it saw."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=watch, args=(redis_url, theirs), daemon=True)
    process.start()
    ours.recv()

    def stop() -> Seen:
        ours.send("stop")
        return Seen(*ours.recv())

    yield stop
    process.join(5)


async def publish(bench: Rig, rates: list[int]) -> list[int]:
    """Publish so many records each second, evenly in ticks, a burst at once; return when each second began (ms)."""
    clock = FeedClock()
    ticks = round(1 / TICK_SECONDS)
    seconds = [
        bars(TICKERS, number * EVENT_SECONDS, events, share=rate / TICKERS / events)
        for number, rate in enumerate(rates)
        for events in (1 if rate == BURST else EVENT_SECONDS,)
    ]
    marks = []
    async with bench.publisher() as publisher:
        began = monotonic()
        for second, columns in enumerate(seconds):
            marks.append(now_ms())
            count = len(columns)
            steps = (
                [(0, count)]
                if rates[second] == BURST
                else [(count * n // ticks, count * (n + 1) // ticks) for n in range(ticks)]
            )
            for tick, (first, last) in enumerate(steps, 1):
                part = columns.part(first, last)
                await publisher.publish_columns(part, clock.advance_all(part.event_times()))
                await asyncio.sleep(max(0.0, began + second + tick * TICK_SECONDS - monotonic()))
            await asyncio.sleep(max(0.0, began + second + 1 - monotonic()))
        await publisher.flush()
    return marks


def run(bench: Rig, rates: list[int]) -> tuple[Seen, list[int]]:
    """Publish while watching; wait a little for the last to be shown."""
    with watching(bench.running.redis_url) as stop:
        marks = asyncio.run(publish(bench, rates))
        time.sleep(2)
        return stop(), marks


async def record_times(bench: Rig) -> dict[int, list[tuple[int, int]]]:
    """Return offset and Kafka time of every record of ``aggregates``, by partition, as the broker has them."""
    from aiokafka import AIOKafkaConsumer, TopicPartition  # noqa: PLC0415 - used here only

    times: dict[int, list[tuple[int, int]]] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=bench.running.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    tps = [TopicPartition("aggregates", partition) for partition in range(bench.settings.partitions)]
    consumer.assign(tps)
    ends = await consumer.end_offsets(tps)
    while any([await consumer.position(tp) < ends[tp] for tp in tps]):
        for tp, records in (await consumer.getmany(timeout_ms=500)).items():
            times.setdefault(tp.partition, []).extend((record.offset, record.timestamp) for record in records)
    await consumer.stop()
    return times


def latencies(seen: Seen, times: dict[int, list[tuple[int, int]]], since: int, until: int) -> np.ndarray:
    """Return the latency in ms of each record with a Kafka time in a span."""
    found = []
    for partition, records in times.items():
        for offset, written in records:
            if since <= written < until and (at := seen.visible_at(partition, offset)) is not None:
                found.append(at - written)
    return np.array(found)


def measure() -> list[Result]:
    """Measure a steady rate, then a burst."""
    with rig() as bench:
        worker = bench.worker()
        try:
            bench.wait_until_ready(worker)
            before = usage(worker.process.pid).cpu_seconds
            seen, marks = run(bench, [STEADY_RATE] * STEADY_SECONDS)
            cpu = (usage(worker.process.pid).cpu_seconds - before) / STEADY_SECONDS * 100
            times = asyncio.run(record_times(bench))
            steady = latencies(seen, times, marks[WARM_SECONDS], marks[-1])
        finally:
            worker.stop()
    with rig() as bench:
        worker = bench.worker()
        try:
            bench.wait_until_ready(worker)
            rates = [BASE_RATE] * 8
            rates[5] = BURST
            seen, marks = run(bench, rates)
            times = asyncio.run(record_times(bench))
            base = latencies(seen, times, marks[2], marks[5])
            burst = latencies(seen, times, marks[5], marks[6])
        finally:
            worker.stop()
    rows = [
        _row(f"{STEADY_RATE:,}/s, steady", steady, f"{cpu:.0f} %"),
        _row(f"{BASE_RATE:,}/s, before the burst", base, ""),
        _row(f"{BURST:,} bars at once", burst, ""),
    ]
    note = (
        "Milliseconds from a record's Kafka time (set by the producer) to the message that says its partition's boards "
        f"are in Redis. {TICKERS:,} tickers, {EVENT_SECONDS} s of theirs in one of the clock's; boards written at most "
        f"every 100 ms. Goals: p99 at {STEADY_RATE:,}/s "
        f"<= {GOAL_MS} ms; the burst drained within 1 s."
    )
    return [Result("Worker: latency", ["load", "records", "p50", "p99", "largest", "worker's CPU"], rows, note)]


def _row(load: str, values: np.ndarray, cpu: str) -> list[str]:
    p50, p99 = np.percentile(values, [50, 99])
    return [load, f"{len(values):,}", f"{p50:.0f}", f"{p99:.0f}", f"{values.max():.0f}", cpu]

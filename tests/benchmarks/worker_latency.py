"""From a record's Kafka time to its visibility in Redis: at a steady rate, and for a burst on a low base."""

import asyncio
import bisect
from collections import defaultdict
from typing import Final, NamedTuple

import numpy as np

from schemas.clock import monotonic, now_ms
from streams.feed.feed_clock import FeedClock
from tests.benchmarks.rig import Rig, bars, heads_as_published, rig, usage
from tests.benchmarks.table import Result

TICKERS: Final = 10_000
STEADY_RATE: Final = 50_000
STEADY_SECONDS: Final = 20
BASE_RATE: Final = 2_000
BURST: Final = 12_000
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


async def watch(redis_url: str, seen: Seen) -> None:
    """Note every head until cancelled."""
    async for _, head in heads_as_published(redis_url):
        positions = seen.positions[head.partition]
        if not positions or head.position > positions[-1]:
            positions.append(head.position)
            seen.times[head.partition].append(now_ms())


async def publish(bench: Rig, rates: list[int]) -> list[tuple[int, int]]:
    """Publish so many records each second, evenly in ticks; return wall clock (ms) and records of each second."""
    clock = FeedClock()
    ticks = round(1 / TICK_SECONDS)
    marks = []
    async with bench.publisher() as publisher:
        began = monotonic()
        for second, rate in enumerate(rates):
            burst = rate if rate == BURST else 0
            marks.append((now_ms(), rate))
            columns = bars(max(TICKERS, rate), second * 10, 10, share=rate / max(TICKERS, rate) / 10)
            for tick in range(ticks):
                first, last = (0, len(columns)) if burst and tick == 0 else _portion(len(columns), tick, ticks, bool(burst))
                if last > first:
                    part = columns.part(first, last)
                    await publisher.publish_columns(part, clock.advance_all(part.event_times()))
                await asyncio.sleep(max(0.0, began + second + (tick + 1) * TICK_SECONDS - monotonic()))
        await publisher.flush()
    return marks


def _portion(count: int, tick: int, ticks: int, is_burst: bool) -> tuple[int, int]:  # noqa: FBT001 - beside its use
    return (0, 0) if is_burst else (count * tick // ticks, count * (tick + 1) // ticks)


async def run(bench: Rig, rates: list[int]) -> tuple[Seen, list[tuple[int, int]]]:
    """Publish while watching; wait a little for the last to be shown."""
    seen = Seen(defaultdict(list), defaultdict(list))
    watcher = asyncio.create_task(watch(bench.running.redis_url, seen))
    await asyncio.sleep(0.5)
    marks = await publish(bench, rates)
    await asyncio.sleep(2)
    watcher.cancel()
    return seen, marks


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
        for offset, time in records:
            if since <= time < until and (at := seen.visible_at(partition, offset)) is not None:
                found.append(at - time)
    return np.array(found)


def measure() -> list[Result]:
    """Measure a steady rate, then a burst."""
    with rig() as bench:
        worker = bench.worker()
        try:
            bench.wait_until_ready(worker)
            before = usage(worker.process.pid).cpu_seconds
            seen, marks = asyncio.run(run(bench, [STEADY_RATE] * STEADY_SECONDS))
            cpu = (usage(worker.process.pid).cpu_seconds - before) / STEADY_SECONDS * 100
            times = asyncio.run(record_times(bench))
            steady = latencies(seen, times, marks[WARM_SECONDS][0], marks[-1][0])
        finally:
            worker.stop()
    with rig() as bench:
        worker = bench.worker()
        try:
            bench.wait_until_ready(worker)
            rates = [BASE_RATE] * 8
            rates[5] = BURST
            seen, marks = asyncio.run(run(bench, rates))
            times = asyncio.run(record_times(bench))
            base = latencies(seen, times, marks[2][0], marks[5][0])
            burst = latencies(seen, times, marks[5][0], marks[6][0])
        finally:
            worker.stop()
    rows = [
        _row(f"{STEADY_RATE:,}/s, steady", steady, f"{cpu:.0f} %"),
        _row(f"{BASE_RATE:,}/s, before the burst", base, ""),
        _row(f"{BURST:,} bars at once", burst, ""),
    ]
    note = (
        f"Milliseconds from a record's Kafka time (set by the producer) to the message that says its partition's boards are in "
        f"Redis. {TICKERS:,} tickers, boards written at most every 100 ms. Goals: p99 at {STEADY_RATE:,}/s <= {GOAL_MS} ms; "
        f"the burst drained within 1 s."
    )
    return [Result("Worker: latency", ["load", "records", "p50", "p99", "largest", "worker's CPU"], rows, note)]


def _row(load: str, values: np.ndarray, cpu: str) -> list[str]:
    p50, p99 = np.percentile(values, [50, 99])
    return [load, f"{len(values):,}", f"{p50:.0f}", f"{p99:.0f}", f"{values.max():.0f}", cpu]

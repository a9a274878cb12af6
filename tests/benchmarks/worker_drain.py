"""One worker process drains a topic into Redis: against the same job on stock, per-event Faust, in the same run."""

import asyncio
import os
import subprocess
import sys
from typing import Final

from schemas.boards import BOARDS
from schemas.clock import monotonic
from streams.document import read_heads
from streams.feed.feed_clock import FeedClock
from streams.topic_admin import create_topic
from tests.benchmarks.rig import Rig, bars, rig, usage
from tests.benchmarks.table import Result

TICKERS: Final = 10_000
SECONDS: Final = 600
CHUNK: Final = 20
STOCK_RECORDS: Final = 60_000
GOAL: Final = 300_000


async def fill(bench: Rig, seconds: int) -> int:
    """Publish second bars of all tickers; return how many."""
    clock = FeedClock()
    count = last = 0
    async with bench.publisher() as publisher:
        for start in range(0, seconds, CHUNK):
            columns = bars(TICKERS, start, min(CHUNK, seconds - start))
            await publisher.publish_columns(columns, clock.advance_all(columns.event_times()))
            count += len(columns)
            last = int(columns.event_times()[-1])
        await publisher.clock(last)
    return count


def drain(bench: Rig) -> tuple[float, float, float, int]:
    """Return records/s from the first records shown to the last, CPU us per record, MB, and the records between."""
    count = asyncio.run(fill(bench, SECONDS))
    last = int(bars(TICKERS, SECONDS - 1, 1).event_times()[-1])
    worker = bench.worker()
    try:
        while not (shown := sum(head.position for head in read_heads(bench.redis))):
            worker.process.check()
        began, before = monotonic(), usage(worker.process.pid).cpu_seconds
        bench.wait_for(last, worker)
        seconds = monotonic() - began
        used = usage(worker.process.pid)
    finally:
        worker.stop()
    rest = count - shown
    return rest / seconds, (used.cpu_seconds - before) / rest * 1e6, used.resident_mb, rest


def stock(bench: Rig) -> tuple[float, float]:
    """Return records/s and CPU us per record of the same job on stock Faust."""
    application = f"{bench.settings.application}-stock"
    asyncio.run(
        create_topic(bench.running.kafka_bootstrap, f"{application}-symbols-changelog", bench.settings.partitions, 1)
    )
    environment = {
        **os.environ,
        "STOCK_APPLICATION": application,
        "STOCK_RECORDS": str(STOCK_RECORDS),
        "KAFKA_BOOTSTRAP": bench.running.kafka_bootstrap,
        "REDIS_URL": bench.running.redis_url,
    }
    command = [sys.executable, "-m", "tests.benchmarks.stock_faust"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=True)
    rate, cpu = next(line for line in ended.stdout.splitlines() if line.startswith("measured ")).split()[1:]
    return float(rate), float(cpu)


def measure() -> list[Result]:
    """Measure both."""
    with rig() as bench:
        rate, cpu, resident, count = drain(bench)
        stock_rate, stock_cpu = stock(bench)
    rows = [
        ["columns", f"{rate:,.0f}", f"{cpu:.2f}", f"{resident:.0f}", f"{rate / stock_rate:.0f}x"],
        ["stock per-event Faust", f"{stock_rate:,.0f}", f"{stock_cpu:.0f}", "", "1x"],
    ]
    note = (
        f"Topic to Redis by one process: decode, state, {len(BOARDS)} boards, changelog. {count:,} second bars of "
        f"{TICKERS:,} tickers, {bench.settings.partitions} partitions; broker, Valkey and this program share "
        f"the cores. Stock: {STOCK_RECORDS:,} of the same records. Goal {GOAL:,}/s."
    )
    columns = ["engine", "records/s", "CPU us/record", "MB resident", "ratio"]
    return [Result("Worker: draining a topic", columns, rows, note)]

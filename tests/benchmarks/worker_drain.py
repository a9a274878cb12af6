"""One worker process drains a topic into Redis: against the same job on stock, per-event Faust, in the same run."""

import asyncio
import os
import subprocess
import sys
from typing import Final

from schemas.clock import monotonic
from schemas.codec import Codec
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
    count = 0
    async with bench.publisher() as publisher:
        for start in range(0, seconds, CHUNK):
            columns = bars(TICKERS, start, min(CHUNK, seconds - start))
            await publisher.publish_columns(columns, clock.advance_all(columns.event_times()))
            count += len(columns)
        await publisher.clock(int(columns.event_times()[-1]))
    return count


def drain(bench: Rig) -> tuple[float, float, float, int]:
    """Return records/s from the first record shown to the last, CPU us per record, MB, and the records."""
    count = asyncio.run(fill(bench, SECONDS))
    last = int(bars(TICKERS, SECONDS - 1, 1).event_times()[-1])
    worker = bench.worker()
    try:
        first = _first_shown(bench, worker.process.pid)
        bench.wait_for(last, worker)
        seconds = monotonic() - first[0]
        used = usage(worker.process.pid)
    finally:
        worker.stop()
    rest = count - first[1]
    return rest / seconds, (used.cpu_seconds - first[2]) / rest * 1e6, used.resident_mb, rest


def _first_shown(bench: Rig, process_id: int) -> tuple[float, int, float]:
    """Return when the first records were shown, how many, and the CPU seconds used until then."""
    while True:
        shown = sum(head.position for head in _heads(bench))
        if shown:
            return monotonic(), shown, usage(process_id).cpu_seconds


def _heads(bench: Rig):  # noqa: ANN202 - list of heads
    from streams.document import read_heads  # noqa: PLC0415

    return read_heads(bench.redis)


def stock(bench: Rig) -> tuple[float, float]:
    """Return records/s and CPU us per record of the same job on stock Faust."""
    application = f"{bench.settings.application}-stock"
    asyncio.run(create_topic(bench.running.kafka_bootstrap, f"{application}-symbols-changelog", bench.settings.partitions, 1))
    environment = {
        **os.environ,
        "STOCK_APPLICATION": application,
        "STOCK_RECORDS": str(STOCK_RECORDS),
        "KAFKA_BOOTSTRAP": bench.running.kafka_bootstrap,
        "REDIS_URL": bench.running.redis_url,
    }
    command = [sys.executable, "-m", "tests.benchmarks.stock_faust"]
    ended = subprocess.run(command, env=environment, cwd=os.getcwd(), capture_output=True, text=True, timeout=180, check=True)  # noqa: S603, PTH109
    rate, cpu = next(line for line in ended.stdout.splitlines() if line.startswith("measured ")).split()[1:]
    return float(rate), float(cpu)


def measure() -> list[Result]:
    """Measure both."""
    Codec()
    with rig() as bench:
        rate, cpu, resident, count = drain(bench)
        stock_rate, stock_cpu = stock(bench)
    rows = [
        ["columns on the batch transport", f"{rate:,.0f}", f"{cpu:.2f}", f"{resident:.0f}", f"{rate / stock_rate:.0f}x"],
        ["stock per-event Faust", f"{stock_rate:,.0f}", f"{stock_cpu:.0f}", "", "1x"],
    ]
    note = (
        f"Topic to Redis by one process: decode, state, {len(bars.__doc__ or '') and 9} boards, changelog. {count:,} second bars of "
        f"{TICKERS:,} tickers, {bench.settings.partitions} partitions; broker, Valkey and this program share the cores. "
        f"Stock: {STOCK_RECORDS:,} of the same records. Goal {GOAL:,}/s."
    )
    return [Result("Worker: draining a topic", ["engine", "records/s", "CPU us/record", "MB resident", "ratio"], rows, note)]

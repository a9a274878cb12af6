"""One worker process with the full set of metrics: bars alone, and bars and trades together, topic to Redis."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from schemas import redis_keys
from schemas.clock import monotonic
from schemas.metrics import COLUMNS
from streams.document import read_heads
from streams.feed.columns import Columns
from streams.feed.feed_clock import FeedClock
from streams.topics import AGGREGATES, TRADES, Topic
from tests.benchmarks.rig import DAY, Rig, bars, rig, trades, usage
from tests.benchmarks.table import Result

TICKERS: Final = 10_000
CHUNK: Final = 10
POLL_SECONDS: Final = 0.01
BARS_GOAL: Final = 200_000
TOGETHER_GOAL: Final = 80_000


class Load(NamedTuple):
    """What is drained: bars and trades in each of so many seconds of event time."""

    name: str
    seconds: int
    bars: int
    trades: int
    goal: int
    wild: bool = False
    """Whether every ticker makes as many events as its cooldowns let it."""


LOADS: Final = (
    Load("bars", 600, 5_000, 0, BARS_GOAL),
    Load("bars, wild prices", 300, 5_000, 0, BARS_GOAL, wild=True),
    Load("bars and trades, 3 to 1", 200, 6_000, 2_000, TOGETHER_GOAL),
)


async def fill(bench: Rig, topic: Topic, seconds: int, make: Callable[[int, int], Columns]) -> int:
    """Publish the records that ``make`` gives for so many seconds, with their clocks; return how many."""
    clock = FeedClock()
    count = last = 0
    async with bench.publisher(topic) as publisher:
        for start in range(0, seconds, CHUNK):
            columns = make(start, min(CHUNK, seconds - start))
            await publisher.publish_columns(columns, clock.advance_all(columns.event_times()))
            count += len(columns)
            last = max(last, int(columns.event_times()[-1]))
        await publisher.clock(last)
    return count


def drain(load: Load) -> list[str]:
    """Return a line of the table, all of it since the worker has shown its first records."""
    with rig() as bench:
        bench.publish_background(TICKERS)
        share = load.bars / TICKERS
        count = asyncio.run(
            fill(
                bench,
                AGGREGATES,
                load.seconds,
                lambda start, length: bars(TICKERS, start, length, share=share, wild=load.wild),
            )
        )
        if load.trades:
            count += asyncio.run(
                fill(bench, TRADES, load.seconds, lambda start, length: trades(TICKERS, start, length, load.trades))
            )
        worker = bench.worker()
        try:
            while not (shown := sum(head.position for head in read_heads(bench.redis))):
                worker.process.check()
                time.sleep(POLL_SECONDS)
            began, before = monotonic(), usage(worker.process.pid).cpu_seconds
            wait_until_shown(bench, worker.process.check, load)
            seconds = monotonic() - began
            used = usage(worker.process.pid)
        finally:
            worker.stop()
        alerts = bench.redis.zcard(redis_keys.alerts(DAY.date.isoformat()))
    rest = round(count * (1 - shown / (load.bars * load.seconds)))
    cpu = (used.cpu_seconds - before) / rest * 1e6
    rate = rest / seconds
    return [
        load.name,
        f"{rest:,}",
        f"{alerts:,}",
        f"{rate:,.0f}",
        f"{cpu:.2f}",
        f"{used.resident_mb:.0f}",
        f"{load.goal:,}",
    ]


def wait_until_shown(bench: Rig, check: Callable[[], None], load: Load) -> None:
    """Return once every partition has shown all it has to show of the load."""
    bars_end = int(bars(TICKERS, load.seconds - 1, 1).event_times()[-1])
    trades_end = int(trades(TICKERS, load.seconds - 1, 1, load.trades).event_times()[-1]) if load.trades else 0
    while True:
        heads = read_heads(bench.redis)
        done = [
            head
            for head in heads
            if head.complete_through >= bars_end and head.trades_through >= trades_end and head.unshown == 0
        ]
        if len(done) == bench.settings.partitions:
            return
        check()
        time.sleep(POLL_SECONDS)


def measure() -> list[Result]:
    """Measure each load."""
    rows = [drain(load) for load in LOADS]
    note = (
        f"Topic to Redis by one process, with reference and volume curves of {TICKERS:,} tickers: {len(COLUMNS)} "
        "columns a ticker, events, alerts, watched boards, last trades, changelogs. Counted from the first state "
        "shown: the share of the bars in it is taken off the trades too. Wild prices jump with every bar, so that each "
        "ticker makes as many alerts as its cooldowns let it."
    )
    columns = ["load", "records", "alerts", "records/s", "CPU us/record", "MB resident", "goal"]
    return [Result("Worker: the full set of metrics", columns, rows, note)]

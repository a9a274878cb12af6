"""Memory of one worker with the whole market: 12,000 tickers, their volume curves, and a full correction buffer."""

import asyncio
import time
from typing import Final

from streams.feed.feed_clock import FeedClock
from streams.feed.market_background import curves, references
from streams.feed.market_model import Market
from tests.benchmarks.rig import DAY, Rig, bars, rig, usage
from tests.benchmarks.table import Result

TICKERS: Final = 12_000
RATE: Final = 2_000
MINUTES: Final = 18
"""Longer than the 16 minutes in which bars may be corrected: bars leave the buffer as others come."""
CHUNK: Final = 60
GOAL_MB: Final = 500
REST_SECONDS: Final = 12.0
"""The worker gives back memory every ten."""


async def fill(bench: Rig) -> int:
    """Publish background and bars; return how many bars."""
    market = Market(1, DAY.date, TICKERS)
    clock = FeedClock()
    count = last = 0
    async with bench.publisher() as publisher:
        await publisher.publish(references(market))
        await publisher.publish(curves(market))
        for start in range(0, MINUTES * 60, CHUNK):
            columns = bars(TICKERS, start, CHUNK, share=RATE / TICKERS)
            await publisher.publish_columns(columns, clock.advance_all(columns.event_times()))
            count += len(columns)
            last = int(columns.event_times()[-1])
        await publisher.clock(last)
    return count


def measure() -> list[Result]:
    """Measure one worker that owns every partition."""
    with rig() as bench:
        count = asyncio.run(fill(bench))
        worker = bench.worker()
        try:
            bench.wait_for(DAY.open + MINUTES * 60_000, worker)
            full = usage(worker.process.pid)
            time.sleep(REST_SECONDS)
            rested = usage(worker.process.pid)
        finally:
            worker.stop()
    rows = [
        [f"{TICKERS:,}", f"{count:,}", f"{RATE * 16 * 60:,}", *(f"{each.resident_mb:.0f}" for each in (full, rested))]
    ]
    note = (
        f"Resident memory after {MINUTES} minutes of event time at {RATE:,} bars/s, with volume curves of 10 sessions: "
        f"when all has been folded as fast as it can be, and {REST_SECONDS:g} s later. Goal: {GOAL_MB}."
    )
    columns = ["tickers", "bars folded", "bars in the buffer", "MB resident at full speed", "MB at rest"]
    return [Result("Worker: memory", columns, rows, note)]

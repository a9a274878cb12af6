"""Services, topics, a worker and made-up bars for benchmarks; everything is gone when the block ends."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import psutil
from redis import Redis

from schemas.clock import monotonic
from schemas.codec import Codec
from schemas.columnar import NO_INTEGER
from schemas.records import Aggregate, Reference, Trade, VolumeCurve
from streams.components import Component
from streams.document import read_heads
from streams.embedded import Services, services
from streams.feed.columns import Columns, Texts, join_texts
from streams.feed.publisher import Publisher
from streams.market.session import trading_day_of
from streams.market.trade_conditions import ODD_LOT
from streams.replay_run import prepare_topics, start_worker
from streams.settings import Settings
from streams.topics import AGGREGATES, Topic

DAY: Final = trading_day_of(date(2026, 6, 22))
INTERVAL_MS: Final = 1000
PATIENCE_SECONDS: Final = 180.0


class Rig(NamedTuple):
    """Running services and where things are logged."""

    running: Services
    settings: Settings
    folder: Path
    redis: Redis

    def worker(self) -> Component:
        """Start a worker that folds second bars."""
        return start_worker(0, self.running, self.settings, INTERVAL_MS, self.folder)

    def publisher(self, topic: Topic = AGGREGATES) -> Publisher:
        """Return a publisher of bars, or of another topic's records, with their clocks."""
        return Publisher(self.running.kafka_bootstrap, Codec(), self.settings.partitions, clocked=(topic,))

    def publish_background(self, tickers: int) -> None:
        """Publish a reference and a volume curve by the minute for each ticker of ``bars``."""
        asyncio.run(self._publish_background(tickers))

    async def _publish_background(self, tickers: int) -> None:
        date = DAY.date.isoformat()
        seconds = tuple(range(60, 57_600, 60))
        volumes = tuple(1000.0 * minute for minute in range(1, len(seconds) + 1))
        async with self.publisher() as publisher:
            for number in range(tickers):
                ticker, price = f"T{number:05d}", 10.0 + number % 500
                publisher.add(
                    Reference(
                        ticker=ticker,
                        trading_date=date,
                        prev_close=price,
                        avg_volume=1e6,
                        atr=price / 50,
                        float_shares=1e7,
                        market_cap=1e9,
                    )
                )
                publisher.add(
                    VolumeCurve(ticker=ticker, trading_date=date, sample_days=10, seconds=seconds, volumes=volumes)
                )
                if number % 1000 == 0:
                    await publisher.send()

    def wait_until_ready(self, worker: Component) -> None:
        """Return once the worker has shown a first clock record of every partition."""
        asyncio.run(self._publish_clock(DAY.open - 1))
        self.wait_for(DAY.open - 1, worker)

    async def _publish_clock(self, event_time: int) -> None:
        async with self.publisher() as publisher:
            await publisher.clock(event_time)

    def wait_for(self, complete_through: int, worker: Component) -> None:
        """Return once every partition has shown its state at a clock (ms)."""
        deadline = monotonic() + PATIENCE_SECONDS
        while monotonic() < deadline:
            heads = read_heads(self.redis)
            if sum(head.complete_through >= complete_through for head in heads) == self.settings.partitions:
                return
            worker.process.check()
            time.sleep(0.005)
        message = f"not folded within {PATIENCE_SECONDS:g} s: {worker.process.last_lines()}"
        raise TimeoutError(message)


@contextmanager
def rig() -> Iterator[Rig]:
    """Start services with the topics made."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tickerboard-bench-")))
        settings = Settings(kafka_bootstrap="", redis_url="").model_copy(
            update={"application": f"bench-{secrets.token_hex(3)}"}
        )
        running = stack.enter_context(services(settings=settings))
        asyncio.run(prepare_topics(running.kafka_bootstrap, settings))
        redis: Redis = stack.enter_context(Redis.from_url(running.redis_url))
        yield Rig(running, settings, folder, redis)


SWING_SECONDS: Final = 1800.0


def bars(
    tickers: int, start_second: int, seconds: int, *, share: float = 1.0, seed: int = 1, wild: bool = False
) -> Columns:
    """Return second bars of the regular session: in each second the given share of the tickers trades.

    Prices swing by 2 % within half an hour, a cent up and down on the way; ``wild`` ones jump by up to half a dollar
    with each bar, so that every ticker makes as many events as its cooldowns let it.
    """
    random = np.random.default_rng(seed + start_second)
    each = max(1, round(tickers * share))
    codes = np.concatenate([np.sort(random.permutation(tickers)[:each]) for _ in range(seconds)]).astype(np.int64)
    starts = np.repeat(DAY.open + (start_second + np.arange(seconds)) * 1000, each).astype(np.int64)
    level = 10 + codes % 500
    if wild:
        close = level + random.integers(-50, 50, len(codes)) / 100
    else:
        phase = codes * 0.37 + (starts - DAY.open) / (SWING_SECONDS * 1000) * 2 * np.pi
        close = np.round(level * (1 + 0.02 * np.sin(phase)), 2) + random.integers(-1, 2, len(codes)) / 100
    names = [f"T{number:05d}" for number in range(tickers)]
    buffer, text_starts, lengths = join_texts(names)
    return Columns(
        Aggregate,
        names,
        codes,
        {
            "interval_ms": INTERVAL_MS,
            "otc": 0,
            "transactions": NO_INTEGER,
            "start_time": starts,
            "open": close,
            "high": close + 0.01,
            "low": close - 0.01,
            "close": close,
            "volume": random.integers(1, 5000, len(codes)).astype(np.float64),
            "volume_weighted_price": close,
            "average_size": np.full(len(codes), 80.0),
            "vendor_day_volume": np.full(len(codes), 1e6),
            "vendor_open": close,
            "vendor_vwap": close,
            "received_time": DAY.open,
        },
        {"ticker": Texts(text_starts[codes], lengths[codes])},
        buffer,
    )


def trades(tickers: int, start_second: int, seconds: int, rate: int, seed: int = 2) -> Columns:
    """Return ``rate`` trades a second of the regular session, a third of them odd lots, spread over the second."""
    random = np.random.default_rng(seed + start_second)
    count = rate * seconds
    codes = random.integers(0, tickers, count).astype(np.int64)
    times = DAY.open + start_second * 1000 + np.arange(count) * 1000 // rate
    names = [f"T{number:05d}" for number in range(tickers)]
    buffer, text_starts, lengths = join_texts(names)
    odd_lot = np.frombuffer(bytes([ODD_LOT * 2]), np.uint8)
    is_odd_lot = random.random(count) < 1 / 3
    sizes = np.where(is_odd_lot, random.integers(1, 100, count), random.integers(1, 20, count) * 100)
    return Columns(
        Trade,
        names,
        codes,
        {
            "price": 10 + codes % 500 + random.integers(-50, 50, count) / 100,
            "size": sizes.astype(np.float64),
            "trade_time": times.astype(np.int64),
            "exchange": 4,
            "tape": 3,
            "sequence": np.arange(count),
            "received_time": DAY.open,
        },
        {
            "ticker": Texts(text_starts[codes], lengths[codes]),
            "trade_id": Texts(np.zeros(count, np.int64), np.full(count, -1)),
            "conditions": Texts(np.full(count, len(buffer)), is_odd_lot.astype(np.int64)),
        },
        np.concatenate([buffer, odd_lot]),
    )


class Usage(NamedTuple):
    """What a process has used."""

    cpu_seconds: float
    resident_mb: float


def usage(process_id: int) -> Usage:
    """Return CPU time and resident memory of a process."""
    process = psutil.Process(process_id)
    times = process.cpu_times()
    return Usage(times.user + times.system, process.memory_info().rss / (1 << 20))

"""The same job as people write it on stock Faust: an agent per event, a table, boards to Redis on a timer."""

import heapq
import os
import sys
import tempfile
import time
from io import BytesIO
from typing import Any

import fastavro
import faust
import msgspec
import uvloop
from redis.asyncio import Redis

from schemas.boards import BOARD_SIZE, BOARDS
from schemas.codec import SINGLE_OBJECT_PREFIX, fingerprint_of, schema_of
from schemas.records import Aggregate

uvloop.install()
LIMIT = int(os.environ["STOCK_RECORDS"])
app = faust.App(
    os.environ["STOCK_APPLICATION"],
    broker=f"kafka://{os.environ['KAFKA_BOOTSTRAP']}",
    datadir=tempfile.mkdtemp(prefix="tickerboard-stock-"),
    topic_partitions=8,
    topic_allow_declare=False,
    topic_disable_leader=True,
    table_standby_replicas=0,
    store="memory://",
    web_enabled=False,
    consumer_auto_offset_reset="earliest",
    producer_linger=0.05,
    producer_max_batch_size=1 << 18,
)
topic = app.topic("aggregates", value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw")
table = app.Table("symbols", key_type=bytes, value_type=bytes, partitions=8)
redis = Redis.from_url(os.environ["REDIS_URL"])
SCHEMA = schema_of(Aggregate)
MARK = fingerprint_of(Aggregate)


class State(msgspec.Struct):
    """What is kept of a ticker."""

    price: float = 0.0
    volume: float = 0.0
    value: float = 0.0
    high: float = 0.0
    low: float = 1e12
    open: float = 0.0


class Count:
    """Records folded, and when the first was."""

    seen = 0
    wall = 0.0
    cpu = 0.0


decode = msgspec.msgpack.Decoder(State).decode


def note() -> None:
    """Count a record; at the last one say how fast it went, and end."""
    Count.seen += 1
    if Count.seen == 1:
        Count.wall, Count.cpu = time.perf_counter(), time.process_time()
    if Count.seen == LIMIT:
        rate = LIMIT / (time.perf_counter() - Count.wall)
        cost = (time.process_time() - Count.cpu) / LIMIT * 1e6
        # Faust takes over sys.stdout.
        os.write(1, f"\nmeasured {rate} {cost}\n".encode())
        os._exit(0)


@app.agent(topic)  # type: ignore[untyped-decorator] # faust's
async def fold(stream: faust.Stream) -> None:
    """Fold one bar at a time."""
    async for key, value in stream.items():
        if value[2:SINGLE_OBJECT_PREFIX] != MARK:
            continue
        bar: Any = fastavro.schemaless_reader(BytesIO(value[SINGLE_OBJECT_PREFIX:]), SCHEMA, None)
        packed = table.get(key)
        state = decode(packed) if packed else State(open=bar["open"])
        state.price = bar["close"]
        state.volume += bar["volume"]
        state.value += bar["close"] * bar["volume"]
        state.high = max(state.high, bar["high"])
        state.low = min(state.low, bar["low"])
        table[key] = msgspec.msgpack.encode(state)
        note()


@app.timer(interval=1.0)  # type: ignore[untyped-decorator] # faust's
async def boards() -> None:
    """Rank everything for each board, once a second."""
    rows = [(decode(value).volume, key.decode()) for key, value in table.items()]
    for board in BOARDS:
        await redis.set(f"stock:{board.name}", msgspec.json.encode(heapq.nlargest(BOARD_SIZE, rows)))


if __name__ == "__main__":
    sys.argv = ["stock", "worker", "-l", "error", "--without-web"]
    app.main()

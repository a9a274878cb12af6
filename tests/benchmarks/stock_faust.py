"""The same job as people write it on stock Faust: an agent per event, a table, boards to Redis on a timer."""

import heapq
import os
import sys
import tempfile
import time
from io import BytesIO

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
redis: "Redis[bytes]" = Redis.from_url(os.environ["REDIS_URL"])
seen = 0
first = (0.0, 0.0)
SCHEMA = schema_of(Aggregate)
MARK = fingerprint_of(Aggregate)


@app.agent(topic)
async def fold(stream: faust.Stream) -> None:
    """Fold one bar at a time."""
    global seen, first
    async for key, value in stream.items():
        if value[2:SINGLE_OBJECT_PREFIX] != MARK:
            continue
        bar = fastavro.schemaless_reader(BytesIO(value[SINGLE_OBJECT_PREFIX:]), SCHEMA, None)
        packed = table.get(key)
        state = msgspec.msgpack.decode(packed) if packed else {"volume": 0.0, "value": 0.0, "high": 0.0, "low": 1e12, "open": bar["open"]}
        state["price"] = bar["close"]
        state["volume"] += bar["volume"]
        state["value"] += bar["close"] * bar["volume"]
        state["high"] = max(state["high"], bar["high"])
        state["low"] = min(state["low"], bar["low"])
        table[key] = msgspec.msgpack.encode(state)
        seen += 1
        if seen == 1:
            first = time.perf_counter(), time.process_time()
        if seen == LIMIT:
            seconds = time.perf_counter() - first[0]
            # Faust takes over sys.stdout.
            os.write(1, f"\nmeasured {LIMIT / seconds} {(time.process_time() - first[1]) / LIMIT * 1e6}\n".encode())
            os._exit(0)


@app.timer(interval=1.0)
async def boards() -> None:
    """Rank everything for each board, once a second."""
    rows = [(msgspec.msgpack.decode(value), key) for key, value in table.items()]
    for board in BOARDS:
        best = heapq.nlargest(BOARD_SIZE, ((row["volume"], key.decode()) for row, key in rows))
        await redis.set(f"stock:{board.name}", msgspec.json.encode(best))


if __name__ == "__main__":
    sys.argv = ["stock", "worker", "-l", "error", "--without-web"]
    app.main()

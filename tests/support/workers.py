"""Workers as the gateway sees them: writes parts to Redis as ``schemas.parts`` says, without Kafka or Faust."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import redis

from schemas import boards, metrics, parts, redis_keys
from schemas.clock import now_ms

Rows = Mapping[str, Mapping[str, float]]
"""Metrics by ticker; what is missing is undefined."""


@dataclass
class Workers:
    """All partitions of one application; each keeps its own version, date, session and time."""

    redis: redis.Redis
    partitions: int = 2
    trading_date: str = "2026-11-20"
    session: str = "pre_market"
    event_time: int = 1_795_184_940_000
    versions: dict[int, int] = field(default_factory=dict)

    def partition_of(self, ticker: str) -> int:
        """Return the partition that has the ticker."""
        return sum(ticker.encode()) % self.partitions

    def write(self, rows: Rows) -> None:
        """Write ``rows`` as the whole market, each partition its own."""
        for partition in range(self.partitions):
            own = {ticker: cells for ticker, cells in rows.items() if self.partition_of(ticker) == partition}
            self.write_partition(partition, own)

    def write_partition(self, partition: int, rows: Rows, published_time: int | None = None) -> None:
        """Write the rows of one partition in one pipeline, its head last."""
        version = self.versions[partition] = self.versions.get(partition, 0) + 1
        tickers = np.array(sorted(rows), parts.TICKER_DTYPE)
        values = np.array(
            [[rows[ticker].get(name, np.nan) for name in metrics.COLUMNS] for ticker in sorted(rows)], np.float64
        ).reshape(len(rows), len(metrics.COLUMNS))
        pipeline = self.redis.pipeline(transaction=False)
        for spec in boards.BOARDS:
            part = self._board_part(spec, version, tickers, values[:, metrics.COLUMNS.index(spec.metric)])
            key = redis_keys.board(self.trading_date, self.session, spec.name)
            pipeline.hset(key, str(partition), parts.encode(part))
        universe = parts.UniversePart.of(version, self.event_time, metrics.COLUMNS, tickers, values)
        pipeline.hset(redis_keys.universe(self.trading_date), str(partition), parts.encode(universe))
        head = parts.encode(self._head(partition, version, published_time))
        pipeline.hset(redis_keys.heads(), str(partition), head)
        pipeline.publish(redis_keys.changes(), head)
        pipeline.execute()

    def _board_part(
        self, spec: boards.BoardSpec, version: int, tickers: np.ndarray, values: np.ndarray
    ) -> parts.BoardPart:
        defined = np.isfinite(values)
        tickers, values = tickers[defined], values[defined]
        order = np.lexsort((tickers, -values if spec.descending else values))[: boards.BOARD_SIZE]
        return parts.BoardPart.of(version, self.event_time, tickers[order], values[order])

    def _head(self, partition: int, version: int, published_time: int | None) -> parts.Head:
        return parts.Head(
            partition=partition,
            partitions=self.partitions,
            version=version,
            trading_date=self.trading_date,
            session=self.session,
            event_time=self.event_time,
            complete_through=self.event_time,
            position=version,
            published_time=now_ms() if published_time is None else published_time,
            universe_version=version,
        )

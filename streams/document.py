"""Boards and rows as one JSON document, read from Redis: what ``replay --json`` and ``boards --json`` write."""

import math
from collections.abc import Sequence
from typing import TypedDict, cast

from redis import Redis

from schemas import redis_keys
from schemas.boards import BOARDS, merge
from schemas.metrics import METRIC_NAMES
from schemas.parts import Head, decode_board_part, decode_head, decode_universe_part
from streams.market.session import to_new_york


class Row(TypedDict):
    """One row of a board."""

    rank: int
    symbol: str
    value: float


class Document(TypedDict):
    """Everything that is known at an instant."""

    trading_date: str
    as_of: str
    boards: dict[str, list[Row]]
    symbols: dict[str, dict[str, float | None]]


def read_heads(redis: Redis) -> list[Head]:
    """Return the head of every partition that has written one."""
    packed = cast("dict[bytes, bytes]", redis.hgetall(redis_keys.heads()))
    return [decode_head(value) for value in packed.values()]


def _field(redis: Redis, key: str, partition: int) -> bytes | None:
    """Return what a partition has written under a key."""
    return cast("bytes | None", redis.hget(key, str(partition)))


def newest_date(heads: Sequence[Head]) -> list[Head]:
    """Return the heads of the newest trading date."""
    newest = max(head.trading_date for head in heads)
    return [head for head in heads if head.trading_date == newest]


def read_boards(redis: Redis, heads: Sequence[Head]) -> dict[str, list[Row]]:
    """Return every board, merged from its parts."""
    boards = {}
    for board in BOARDS:
        packed = [
            _field(redis, redis_keys.board(head.trading_date, head.session, board.name), head.partition)
            for head in heads
        ]
        parts = [decode_board_part(value).entries() for value in packed if value is not None]
        merged = merge(parts, descending=board.descending, size=board.size)
        boards[board.name] = [
            Row(rank=rank, symbol=entry.ticker, value=entry.value) for rank, entry in enumerate(merged, 1)
        ]
    return boards


def read_symbols(redis: Redis, heads: Sequence[Head]) -> dict[str, dict[str, float | None]]:
    """Return the metrics of every ticker with a bar, by ticker in code-point order; undefined is ``None``."""
    symbols = {}
    for head in heads:
        packed = _field(redis, redis_keys.universe(head.trading_date), head.partition)
        if packed is None:
            continue
        part = decode_universe_part(packed)
        places = [part.columns.index(name) for name in METRIC_NAMES]
        for ticker, line in zip(part.ticker_list(), part.matrix()[:, places].tolist(), strict=True):
            symbols[ticker] = {
                name: None if math.isnan(value) else value for name, value in zip(METRIC_NAMES, line, strict=True)
            }
    return dict(sorted(symbols.items()))


def read_document(redis: Redis, as_of: int | None = None) -> Document:
    """Return boards and rows as they are now; ``as_of`` (ms) is what the document says its instant is."""
    heads = newest_date(read_heads(redis))
    instant = max(head.event_time for head in heads) if as_of is None else as_of
    return Document(
        trading_date=heads[0].trading_date,
        as_of=to_new_york(instant).isoformat(),
        boards=read_boards(redis, heads),
        symbols=read_symbols(redis, heads),
    )


def read_alerts(redis: Redis, trading_date: str) -> list[bytes]:
    """Return the alerts of a trading date as JSON, by event time, equal ones by their text."""
    return cast("list[bytes]", redis.zrange(redis_keys.alerts(trading_date), 0, -1))

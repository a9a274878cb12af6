"""Writes to Redis what people look at: the parts of boards, all current rows, and how far each partition is."""

from typing import Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from schemas import redis_keys
from schemas.clock import monotonic, now_ms
from schemas.metrics import COLUMNS
from schemas.parts import BoardPart, Head, UniversePart, encode
from streams.market.session import session_at, trading_days
from streams.view import States, View, board_parts, view_of

log = structlog.get_logger()

HEARTBEAT_SECONDS: Final = 1.0
"""A head is written this often even when nothing changes: its published time says that the worker lives."""
REWRITE_SECONDS: Final = 5.0
"""Everything is written anew this often: what a Redis that lost its data takes to be whole again."""
UNIVERSE_SECONDS: Final = 0.5
"""Shortest time between two writes of all rows of a partition, which are larger than its boards."""

NEVER: Final = float("-inf")


def _put(pipe: Pipeline, written: "_Written", key: str, partition: int, part: BoardPart | UniversePart) -> None:
    """Put a partition's part of something into a pipeline; the key lives on from then on, or from a little earlier."""
    pipe.hset(key, str(partition), encode(part))
    if key not in written.living:
        written.living.add(key)
        pipe.expire(key, redis_keys.TIME_TO_LIVE_SECONDS)


def _put_boards(pipe: Pipeline, written: "_Written", head: Head, view: View) -> None:
    """Put a partition's part of every board into a pipeline."""
    for name, part in board_parts(view, head.session, head.version).items():
        _put(pipe, written, redis_keys.board(head.trading_date, head.session, name), head.partition, part)


def _put_universe(pipe: Pipeline, written: "_Written", head: Head, view: View) -> None:
    """Put all rows of a partition into a pipeline."""
    part = UniversePart.of(head.version, view.event_time, COLUMNS, view.tickers, view.values)
    _put(pipe, written, redis_keys.universe(head.trading_date), head.partition, part)


class _Written:
    """What was last written of a partition, and when."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.changes = -1
        self.boards_at = self.universe_at = self.head_at = NEVER
        self.universe_changes = -1
        self.universe_version = 0
        self.alerted = 0
        self.living: set[str] = set()
        """Keys that were told how long to live since everything was written anew."""


class ReadModel:
    """Writes each partition's state when it has changed; keeps no data of its own."""

    def __init__(self, redis: Redis, partitions: int) -> None:
        """Take a connection and the number of partitions there are."""
        self._redis = redis
        self._partitions = partitions
        self._written: dict[int, _Written] = {}
        self.lost: set[int] = set()
        """Partitions of which Redis has lost what others wrote, too: whoever writes them again takes them out."""

    def forget(self, partitions: set[int]) -> None:
        """Forget what was written of all partitions but these: another worker writes the others now."""
        self._written = {partition: seen for partition, seen in self._written.items() if partition in partitions}

    async def write(self, partition: int, states: States, alerted: int | None = None) -> bool:
        """Write a partition if there is something new in it or it is time to; return whether anything was written.

        ``alerted`` is the number of changes whose alerts have been shown; by default all.

        All keys of a partition go in one pipeline, its head last and as a message to whoever listens.
        """
        state = states.bars
        if state.event_time == 0:
            return False
        now = monotonic()
        written = self._written.setdefault(partition, _Written(now_ms() * 1000))
        stale = now - written.boards_at >= REWRITE_SECONDS
        with_boards = states.changes != written.changes or stale
        with_universe = stale or (
            states.changes != written.universe_changes and now - written.universe_at >= UNIVERSE_SECONDS
        )
        alerted = states.changes if alerted is None else alerted
        has_head = now - written.head_at < HEARTBEAT_SECONDS and written.alerted == alerted
        if not with_boards and not with_universe and has_head:
            return False
        written.version += 1
        if stale:
            written.living.clear()
        if with_universe:
            written.universe_version = written.version
            written.universe_changes = states.changes
        written.alerted = alerted
        changes = states.changes
        pipe = self._redis.pipeline(transaction=False)
        head = self._head(partition, states, written)
        if with_boards or with_universe:
            view = view_of(states)
            if with_boards:
                _put_boards(pipe, written, head, view)
            if with_universe:
                _put_universe(pipe, written, head, view)
        packed = encode(head)
        pipe.hset(redis_keys.heads(), str(partition), packed)
        pipe.publish(redis_keys.changes(), packed)
        is_first = written.head_at == NEVER
        *_, added, _ = await pipe.execute()
        self._note(written, now, changes, with_boards=with_boards, with_universe=with_universe)
        if added and not is_first:
            log.warning("Redis has lost what was in it, writing everything anew", partition=partition)
            written.boards_at = NEVER
            self.lost.add(partition)
        return True

    def _head(self, partition: int, states: States, written: _Written) -> Head:
        """Return how far a partition is."""
        state, trades, halts, _ = states
        return Head(
            partition=partition,
            partitions=self._partitions,
            version=written.version,
            trading_date=trading_days()[int(state.columns.progress[0]["day"])].date.isoformat(),
            session=session_at(state.event_time).value,
            event_time=state.event_time,
            complete_through=state.complete_through,
            position=state.position or 0,
            published_time=now_ms(),
            universe_version=written.universe_version,
            trades_through=trades.complete_through if trades else 0,
            halts_through=halts.complete_through if halts else 0,
            unshown=states.changes - written.universe_changes,
            unalerted=states.changes - written.alerted,
        )

    @staticmethod
    def _note(written: _Written, now: float, changes: int, *, with_boards: bool, with_universe: bool) -> None:
        """Remember what has been written."""
        written.head_at = now
        if with_boards:
            written.boards_at = now
            written.changes = changes
        if with_universe:
            written.universe_at = now
            written.universe_changes = changes

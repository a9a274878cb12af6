"""The newest view of Redis: follows the workers' writes, and finds its way back after any outage by itself."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, Self, cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from api.perseverance import UNREACHABLE, persevere, sentence
from api.status import Trouble
from api.view import EMPTY, Block, View, current_heads, universe_of
from schemas import parts, redis_keys
from schemas.boards import BOARD_NAMES, boards_in
from schemas.clock import monotonic

POLL_SECONDS: Final = 1.0
"""Redis is read at least this often: a write whose message got lost shows, and so does a wipe, which has none."""

log = structlog.get_logger()


class Stamp(NamedTuple):
    """What tells one write of a partition from another, also across a restart of its worker."""

    trading_date: str
    session: str = ""
    version: int = 0
    published_time: int = 0

    @classmethod
    def of(cls, head: parts.Head) -> Self:
        """Return the stamp of the write that ``head`` ended."""
        return cls(head.trading_date, head.session, head.version, head.published_time)


class Loaded(NamedTuple):
    """What was last read of one partition."""

    stamp: Stamp
    boards: dict[str, parts.BoardPart]
    universe: Block | None


class ReadModel:
    """Reads what changed and hands each new view to ``publish``; one task calls ``run``."""

    def __init__(self, redis: Redis, publish: Callable[[View], None], pace: Callable[[], float]) -> None:
        """Read from ``redis``, at most once in ``pace()`` seconds."""
        self._redis = redis
        self._publish = publish
        self._pace = pace
        self._loaded: dict[int, Loaded] = {}
        self._hurry = asyncio.Event()
        self.view = EMPTY
        self.trouble: Trouble | None = Trouble("no_data", "Redis has not been read yet")

    def hurry(self) -> None:
        """Read soon: somebody has begun to watch."""
        self._hurry.set()

    async def run(self) -> None:
        """Follow Redis until cancelled; what goes wrong is told by ``trouble`` and tried again."""
        await persevere(self._redis, self._listen, self._tell)

    def _tell(self, problem: Exception) -> None:
        if isinstance(problem, UNREACHABLE):
            self._fail(Trouble("redis_unreachable", f"Redis cannot be read: {sentence(problem)}"))
        else:
            self._fail(Trouble("unreadable", f"what Redis holds cannot be read: {sentence(problem)}"))

    async def _listen(self) -> None:
        """Follow what the workers announce; ends only by an exception."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(redis_keys.changes())
            await self._follow(pubsub)

    async def _follow(self, pubsub: PubSub) -> None:
        """Read once, then again whenever something was written; ends only by an exception."""
        while True:
            due = monotonic() + self._pace()
            await self._refresh()
            await _message_or(self._hurry, pubsub)
            await _until(due, self._hurry)
            self._hurry.clear()
            while await pubsub.get_message(timeout=0) is not None:
                pass  # what these announce is read next

    async def _refresh(self) -> None:
        """Bring the view up to date. The heads in Redis are the truth; a message only says that it is time to look."""
        written = cast("dict[bytes, bytes]", await self._redis.hgetall(redis_keys.heads()))
        heads = current_heads(parts.decode_head(head) for head in written.values())
        if not heads:
            self._fail(Trouble("no_data", "Redis holds no data: the workers have not written yet"))
            return
        fresh = [head for head in heads if Stamp.of(head) != self._known(head.partition)]
        if fresh or self.view.moment is None or len(heads) != self.view.moment.present:
            await self._load(fresh)
            self.view = self._assemble(heads)
            self._publish(self.view)
        self._recover()

    async def _load(self, heads: Sequence[parts.Head]) -> None:
        """Read the parts of ``heads`` in one round trip; a missing part (Redis was just wiped) is tried again."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for head in heads:
                for board in boards_in(head.session):
                    pipeline.hget(redis_keys.board(head.trading_date, head.session, board.name), str(head.partition))
                if self._needs_universe(head):
                    pipeline.hget(redis_keys.universe(head.trading_date), str(head.partition))
            answers = iter(await pipeline.execute())
        for head in heads:
            found = {board.name: next(answers) for board in boards_in(head.session)}
            universe = next(answers) if self._needs_universe(head) else None
            self._keep(head, found, universe)

    def _keep(self, head: parts.Head, found: dict[str, bytes | None], universe: bytes | None) -> None:
        known = self._loaded.get(head.partition)
        before = known if known is not None and known.stamp.trading_date == head.trading_date else None
        ranked = {name: parts.decode_board_part(part) for name, part in found.items() if part is not None}
        kept = {name: part for name, part in before.boards.items() if name in found} if before else {}
        whole = len(ranked) == len(found) and (universe is not None or not self._needs_universe(head))
        self._loaded[head.partition] = Loaded(
            stamp=Stamp.of(head) if whole else Stamp(head.trading_date),
            boards={**kept, **ranked},
            universe=Block(parts.decode_universe_part(universe)) if universe else before.universe if before else None,
        )

    def _needs_universe(self, head: parts.Head) -> bool:
        """Tell whether another universe part was written than the one held, as by a worker that started over."""
        known = self._loaded.get(head.partition)
        if known is None or known.universe is None or known.stamp.trading_date != head.trading_date:
            return True
        return known.universe.version != head.universe_version or head.version <= known.stamp.version

    def _assemble(self, heads: Iterable[parts.Head]) -> View:
        loaded = [(head, self._loaded[head.partition]) for head in heads if head.partition in self._loaded]
        boards = {name: [part.boards[name] for _, part in loaded if name in part.boards] for name in BOARD_NAMES}
        universe = universe_of([part.universe for _, part in loaded if part.universe], self.view.universe)
        return View([head for head, _ in loaded], boards, universe, self.view.moment)

    def _known(self, partition: int) -> Stamp | None:
        loaded = self._loaded.get(partition)
        return loaded.stamp if loaded else None

    def _fail(self, trouble: Trouble) -> None:
        if self.trouble is None or self.trouble.reason != trouble.reason:
            log.warning(trouble.reason, detail=trouble.detail)
        self.trouble = trouble

    def _recover(self) -> None:
        if self.trouble is not None:
            log.info("redis_followed", trading_date=self.view.moment and self.view.moment.trading_date)
        self.trouble = None


async def _message_or(hurry: asyncio.Event, pubsub: PubSub) -> None:
    """Wait for a message, at most ``POLL_SECONDS``, not at all if in a hurry."""
    await pubsub.get_message(timeout=0 if hurry.is_set() else POLL_SECONDS)


async def _until(due: float, hurry: asyncio.Event) -> None:
    """Wait until ``due``, or until somebody is in a hurry."""
    remaining = due - monotonic()
    if remaining > 0:
        try:
            async with asyncio.timeout(remaining):
                await hurry.wait()
        except TimeoutError:
            pass

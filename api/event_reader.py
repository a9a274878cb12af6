"""Reads the log of alerts from Redis: all of it at first, then what comes; finds its way back after any outage."""

import asyncio
from typing import Final, cast

import structlog
from redis.asyncio import Redis

from api.event_log import EventLog
from api.perseverance import persevere, sentence
from schemas import redis_keys
from schemas.event_log import ALERT, BEGIN, START, EntryId

PAGE: Final = 500
"""Entries read at once: some milliseconds of work."""
PAUSE_SECONDS: Final = 0.02
"""Between two readings, so that events that come one by one are read several at once."""
LONGEST_WAIT_SECONDS: Final = 1.0
"""A wipe shows in nothing but the epoch, which is read at least this often."""

Entries = list[tuple[bytes, dict[bytes, bytes]]]

log = structlog.get_logger()


class EventReader:
    """Fills an ``EventLog``; one task calls ``run``."""

    def __init__(self, redis: Redis, events: EventLog, timeout_seconds: float) -> None:
        """Read from ``redis``, whose answers take ``timeout_seconds`` at most."""
        self._redis = redis
        self._events = events
        self._wait_ms = max(1, round(1000 * min(LONGEST_WAIT_SECONDS, timeout_seconds / 2)))
        self._last = START
        """The newest entry read of the log with the epoch that ``events`` has."""
        self._failed = False

    async def run(self) -> None:
        """Follow the log until cancelled; what goes wrong is tried again, and told once."""
        await persevere(self._redis, self._follow, self._tell)

    def _tell(self, problem: Exception) -> None:
        if not self._failed:
            log.warning("alerts_not_read", detail=sentence(problem))
        self._failed = True

    async def _follow(self) -> None:
        """Read all there is, then again whenever something was added; ends only by an exception."""
        while True:
            while await self._read():
                pass  # others get their turn while Redis answers
            self._events.reads += 1
            self._failed = False
            await asyncio.sleep(PAUSE_SECONDS)
            await self._redis.xread({redis_keys.alert_log(): str(self._last)}, count=1, block=self._wait_ms)

    async def _read(self) -> bool:
        """Read what comes next; tell whether there may be more. The epoch is that of what is read with it."""
        key = redis_keys.alert_log()
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.get(redis_keys.alert_log_epoch())
            pipeline.xrange(key, count=1)
            pipeline.xrange(key, min=f"({self._last}", count=PAGE)
            epoch, oldest, entries = cast("tuple[bytes | None, Entries, Entries]", await pipeline.execute())
        if epoch is None or not oldest:
            return False
        found, first, begins = epoch.decode(), EntryId.of(oldest[0][0].decode()), BEGIN in oldest[0][1]
        if found != self._events.epoch:
            self._last = START if begins else first.before
            self._events.begin(found, self._last)
            return True
        if self._last < first.before and not begins:
            self._events.skip(first.before)
        self._take(entries)
        return len(entries) == PAGE

    def _take(self, entries: Entries) -> None:
        """Add entries that are alerts."""
        alerts = [(EntryId.of(place.decode()), fields[ALERT]) for place, fields in entries if ALERT in fields]
        if unreadable := self._events.append(alerts):
            log.warning("alerts_unreadable", count=unreadable)
        if entries:
            self._last = EntryId.of(entries[-1][0].decode())

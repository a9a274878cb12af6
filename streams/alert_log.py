"""Puts alerts into Redis: into the set of their date and, where they are new to it, at the end of the log.

Both happen at once, by a script: an alert that is made again after a restart, or read from Kafka again, has the bytes
of the first and changes nothing; one that Redis lost comes back to both.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple
from uuid import uuid4

from redis.asyncio import Redis

from schemas import event_log, redis_keys

AT_ONCE: Final = 1000
"""Alerts in one call of the script at most: Redis serves nobody else meanwhile."""

SCRIPT: Final = f"""
local set, log, epoch = KEYS[1], KEYS[2], KEYS[3]
local begun, kept, set_lives, log_lives = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('EXISTS', log, epoch) < 2 then
  redis.call('SET', epoch, begun)
  redis.call('XADD', log, '*', '{event_log.BEGIN.decode()}', begun)
end
local added = 0
for place = 5, #ARGV, 2 do
  if redis.call('ZADD', set, 'NX', ARGV[place], ARGV[place + 1]) == 1 then
    redis.call('XADD', log, '*', '{event_log.ALERT.decode()}', ARGV[place + 1])
    added = added + 1
  end
end
redis.call('XTRIM', log, 'MAXLEN', '~', kept)
redis.call('EXPIRE', set, set_lives)
redis.call('EXPIRE', log, log_lives)
redis.call('EXPIRE', epoch, log_lives)
return added
"""
"""Begins a log with an epoch of its own where there is none, adds what the set did not have, returns how many."""


class Shown(NamedTuple):
    """An alert for Redis."""

    trading_date: str
    event_time: int
    """Milliseconds since the epoch."""
    packed: bytes
    """As JSON, the same bytes every time."""


class AlertLog:
    """The alerts in Redis, to add to."""

    def __init__(self, redis: Redis, entries: int = event_log.ENTRIES) -> None:
        """Take the connection, and about how many of the newest alerts the log keeps."""
        self._redis = redis
        self._entries = entries

    async def add(self, alerts: Iterable[Shown]) -> int:
        """Add alerts in their order, date by date; return how many were new. Raises ``RedisError``.

        After an error some may have been added; adding all of them once more is right.
        """
        of_date: dict[str, list[Shown]] = {}
        for alert in alerts:
            of_date.setdefault(alert.trading_date, []).append(alert)
        added = 0
        for date in sorted(of_date):
            waiting = iter(of_date[date])
            while some := list(islice(waiting, AT_ONCE)):
                added += await self._add(date, some)
        return added

    async def _add(self, trading_date: str, alerts: Sequence[Shown]) -> int:
        """Add alerts of one date in one call."""
        script = self._redis.register_script(SCRIPT)
        keys = (redis_keys.alerts(trading_date), redis_keys.alert_log(), redis_keys.alert_log_epoch())
        options = (uuid4().hex[:12], self._entries, redis_keys.TIME_TO_LIVE_SECONDS, event_log.TIME_TO_LIVE_SECONDS)
        pairs = (field for alert in alerts for field in (alert.event_time, alert.packed))
        return int(await script(keys=keys, args=(*options, *pairs)))

"""PURE. How many messages or requests a client may send: so many a second, and as many at once as it has saved up.

What a message costs beyond itself is known only once it has been read. It is charged then, and may leave a debt, so
that nothing is too dear to be asked for at all; who owes waits until it has filled up again.
"""

from collections import OrderedDict
from enum import Enum, auto
from typing import Final

SAVED_SECONDS: Final = 10.0
"""A client may send at once what it may send in so long."""
REMEMBERED: Final = 10_000
"""Names that are counted at the same time; the one longest silent is forgotten first."""
GROSS: Final = 10
"""Beyond so many times what it may, it is no client but an attack, or a loop gone wild."""


class Bucket:
    """Fills at a rate, up to a size; every message takes one."""

    def __init__(self, rate: float, size: float, now: float) -> None:
        """Start full at ``now`` (s); ``rate`` is a second."""
        self._rate = rate
        self._size = size
        self._level = size
        self._then = now

    def take(self, now: float) -> bool:
        """Take one, if there is one."""
        self._level = min(self._size, self._level + (now - self._then) * self._rate)
        self._then = now
        if self._level < 1:
            return False
        self._level -= 1
        return True

    def charge(self, cost: float) -> None:
        """Take so many whether they are there or not; the debt is never more than the size."""
        self._level = max(-self._size, self._level - cost)


class Verdict(Enum):
    """What is to be done about a message."""

    ANSWER = auto()
    REFUSE = auto()
    END = auto()


class Meter:
    """Counts the messages of one client."""

    def __init__(self, per_second: float, now: float) -> None:
        """Allow so many messages a second, from ``now`` (s) on."""
        saved = max(1.0, per_second * SAVED_SECONDS)
        self._allowed = Bucket(per_second, saved, now)
        self._borne = Bucket(per_second * GROSS, saved * GROSS, now)

    def count(self, now: float) -> Verdict:
        """Count a message that came at ``now`` (s)."""
        if not self._borne.take(now):
            return Verdict.END
        return Verdict.ANSWER if self._allowed.take(now) else Verdict.REFUSE

    def charge(self, cost: int) -> None:
        """Count what a message that is answered costs, in messages, beyond itself."""
        self._allowed.charge(cost)


class Meters:
    """Counts the requests of many, each by a name of its own."""

    def __init__(self, per_second: float, most: int = REMEMBERED) -> None:
        """Allow each so many a second."""
        self._per_second = per_second
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str, now: float) -> bool:
        """Count a request that came at ``now`` (s); tell whether it may be answered."""
        bucket = self._buckets.get(name)
        if bucket is None:
            size = max(1.0, self._per_second * SAVED_SECONDS)
            bucket = self._buckets[name] = Bucket(self._per_second, size, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(name)
        return bucket.take(now)

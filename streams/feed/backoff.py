"""How long to wait before trying again: exponential, with full jitter, so that clients do not come back together."""

import random
from typing import Final

SHORTEST_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 30.0


class Backoff:
    """Delays between consecutive failures; each is drawn from 0.5 s up to a bound that doubles to 30 s."""

    def __init__(
        self,
        shortest: float = SHORTEST_SECONDS,
        longest: float = LONGEST_SECONDS,
        source: random.Random | None = None,
    ) -> None:
        """Take the bounds in seconds and, for tests, the source of chance."""
        self._shortest = shortest
        self._longest = longest
        self._source = source or random.SystemRandom()
        self.failures = 0
        """Consecutive failures so far."""

    def next_delay(self) -> float:
        """Count a failure and return the seconds to wait."""
        self.failures += 1
        bound = min(self._longest, self._shortest * 2.0 ** min(self.failures, 32))
        return self._source.uniform(self._shortest, bound)

    def reset(self) -> None:
        """Begin anew: the thing works."""
        self.failures = 0

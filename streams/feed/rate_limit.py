"""A token bucket: so many requests a second, a few at once after a pause. Knows no clock and never waits itself."""


class TokenBucket:
    """Tells each caller how long to wait; callers may come at once, each gets a turn of its own."""

    def __init__(self, rate: float, burst: float = 1.0) -> None:
        """Take the tokens that come in a second, and how many a pause saves up; raise ``ValueError`` for none."""
        if rate <= 0 or burst < 1:
            message = f"a rate of {rate:g} a second with a burst of {burst:g} lets nothing through"
            raise ValueError(message)
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._then = 0.0
        self._held_until = 0.0

    def take(self, now: float) -> float:
        """Take a token at an instant (seconds on any steady clock); return the seconds to wait until it is there."""
        if now > self._then:
            self._tokens = min(self._burst, self._tokens + (now - self._then) * self._rate)
            self._then = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate, self._held_until - now)

    def hold(self, until: float) -> None:
        """Let nobody through before an instant: the other side has said so."""
        self._held_until = max(self._held_until, until)

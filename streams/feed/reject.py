"""Input that was refused, with the reason, on its way to ``dead_letters``."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.records import DeadLetter, Reason

MOST_PAYLOAD_BYTES: Final = 1 << 18
"""A frame has no largest size, a message has one."""


class Reject(NamedTuple):
    """One element of the input that was refused; ``position`` is its line in the file, from 1, the header being 1."""

    reason: Reason
    detail: str
    source: str
    position: int | None
    payload: bytes

    def letter(self, received_time: int) -> DeadLetter:
        """Return the record for ``dead_letters``, cut to what a broker takes; ``received_time`` in ms."""
        cut = len(self.payload) > MOST_PAYLOAD_BYTES
        return DeadLetter(
            reason=self.reason,
            detail=f"{self.detail} (the first {MOST_PAYLOAD_BYTES} of {len(self.payload)} bytes)"
            if cut
            else self.detail,
            source=self.source,
            position=self.position,
            payload=self.payload[:MOST_PAYLOAD_BYTES],
            received_time=received_time,
        )

    def __str__(self) -> str:
        """Return one line for people: where, why, what."""
        place = self.source if self.position is None else f"{self.source}, line {self.position}"
        return f"{place}: {self.detail} ({self.reason})"


def by_reason(rejects: Iterable[Reject]) -> dict[str, int]:
    """Return how many were refused for each reason, the most frequent first."""
    return {str(reason): count for reason, count in Counter(reject.reason for reject in rejects).most_common()}

"""The partition of a key, as every Kafka client with the murmur2 partitioner chooses it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled

SEED: Final = 0x9747B28C
MULTIPLIER: Final = 0x5BD1E995
POSITIVE: Final = 0x7FFFFFFF
"""Kafka drops the sign bit before it takes the remainder."""


@compiled
def murmur2(key: npt.NDArray[np.uint8]) -> int:
    """Return Kafka's 32-bit murmur2 of the bytes of a key, as an unsigned number."""
    mask = np.uint64(0xFFFFFFFF)
    multiplier = np.uint64(MULTIPLIER)
    length = len(key)
    state = np.uint64(SEED) ^ np.uint64(length)
    whole = length - length % 4
    for start in range(0, whole, 4):
        word = np.uint64(0)
        for byte in range(4):
            word |= np.uint64(key[start + byte]) << np.uint64(8 * byte)
        word = (word * multiplier) & mask
        word ^= word >> np.uint64(24)
        state = ((state * multiplier) & mask) ^ ((word * multiplier) & mask)
    if whole < length:
        for byte in range(length - whole):
            state ^= np.uint64(key[whole + byte]) << np.uint64(8 * byte)
        state = (state * multiplier) & mask
    state ^= state >> np.uint64(13)
    state = (state * multiplier) & mask
    return int(state ^ (state >> np.uint64(15)))


class Partitioner:
    """Remembers the partition of every ticker it has met."""

    def __init__(self, partitions: int) -> None:
        """Take the number of partitions that all topics keyed by ticker share."""
        self.partitions = partitions
        self._known: dict[str, int] = {}

    def __call__(self, ticker: str) -> int:
        """Return the partition of a ticker, from 0."""
        partition = self._known.get(ticker)
        if partition is None:
            digest = murmur2(np.frombuffer(ticker.encode(), np.uint8))
            partition = self._known[ticker] = (digest & POSITIVE) % self.partitions
        return partition

    def of_all(self, tickers: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the partition of each ticker of a list."""
        return np.fromiter(map(self, tickers), np.int64, len(tickers))

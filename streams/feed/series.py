"""Records that wait to be published in columns, with what goes among them in their topic's partitions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from schemas.columnar import Integers
from schemas.records import Record


class Single(NamedTuple):
    """A record of another type that shares the topic, encoded by itself, and what of the series precedes it."""

    partition: int
    rows: int
    """Records of the series that were given before it."""
    clocks: int
    """Clock records that were given before it."""
    key: bytes
    value: bytes


@dataclass(slots=True)
class Series:
    """Records of one type that wait, and the clock records and the records of other types among them."""

    records: list[Record] = field(default_factory=list)
    clock_positions: list[int] = field(default_factory=list)
    clocks: list[bytes] = field(default_factory=list)
    singles: list[Single] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Return whether anything waits."""
        return bool(self.records or self.clocks or self.singles)

    def add_clock(self, value: bytes) -> None:
        """Put an encoded clock record behind all that waits."""
        self.clock_positions.append(len(self.records))
        self.clocks.append(value)

    def add_single(self, partition: int, key: bytes, value: bytes) -> None:
        """Put an encoded record behind all that waits for a partition."""
        self.singles.append(Single(partition, len(self.records), len(self.clocks), key, value))


class Piece(NamedTuple):
    """Rows of one partition (ascending indices) and the clock records among them, and the singles behind those."""

    rows: Integers
    clocks: slice
    singles: Sequence[Single]


def pieces(rows: Integers, clocks: int, singles: Sequence[Single]) -> Iterator[Piece]:
    """Yield a partition's rows, the number of clock records and its singles cut up so that each stays in its place."""
    first_row = first_clock = 0
    for (given, last_clock), group in groupby(singles, attrgetter("rows", "clocks")):
        last_row = int(np.searchsorted(rows, given))
        yield Piece(rows[first_row:last_row], slice(first_clock, last_clock), tuple(group))
        first_row, first_clock = last_row, last_clock
    yield Piece(rows[first_row:], slice(first_clock, clocks), ())

"""A worker may die between any two records of a flush: whatever the changelog holds then, the next goes on exactly.

Without a broker, so that hundreds of deaths take seconds: only the state of a partition, its log and its changelog.
"""

from random import Random
from typing import Final

import numpy as np
import pytest

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder
from schemas.records import Aggregate, Clock
from streams.partition_state import bar_state
from tests.support.delivery import different, rows_of
from tests.support.delivery_stream import MINUTE_MS, make_stream

SEED: Final = 5
TICKERS: Final = 300
LARGEST_BATCH: Final = 80
FLUSH, DIE = 0.3, 0.1
"""Chance of a flush after a batch, and that the worker dies in it."""

Changelog = list[tuple[bytes, bytes]]


class Partition:
    """The log of one partition, its changelog, and the worker that has it."""

    def __init__(self, log: list[bytes], dice: Random) -> None:
        self.log = log
        self.changelog: Changelog = []
        self.dice = dice
        self.decoder = ColumnarDecoder((Aggregate, Clock), Codec().prefixes())
        self.deaths = 0
        self.begin()

    def begin(self) -> None:
        """Let a new worker take over, by what the changelog holds, compacted or not."""
        held = list(dict(self.changelog).items()) if self.dice.random() < 0.5 else self.changelog
        self.state = bar_state(MINUTE_MS, "topic")
        self.state.load_items(held)
        self.state.position = self.state.start() or 0

    def fold(self) -> None:
        """Fold a batch."""
        start = self.state.position or 0
        stop = min(len(self.log), start + self.dice.randint(1, LARGEST_BATCH))
        self.state.fold(self.decoder, self.log[start:stop], np.arange(start, stop))

    def flush(self) -> None:
        """Write what changed, all of it."""
        flush = self.state.changed()
        self.changelog += zip(flush.keys, flush.values, strict=True)
        self.state.succeeded(flush, len(self.changelog) - 1)

    def die(self) -> None:
        """Write some of what changed, and die."""
        flush = self.state.changed()
        written = self.dice.randint(0, len(flush.keys))
        self.changelog += list(zip(flush.keys, flush.values, strict=True))[:written]
        self.deaths += 1
        self.begin()

    def run(self, flush: float, die: float) -> dict[str, bytes]:
        """Fold the log to its end, and return the rows."""
        while self.state.position != len(self.log):
            self.fold()
            if self.dice.random() < flush:
                if self.dice.random() < die:
                    self.die()
                else:
                    self.flush()
        self.flush()
        return rows_of([(0, offset, *item) for offset, item in enumerate(self.changelog)])


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return a log with late and corrected bars."""
    stream = make_stream(SEED, TICKERS, tmp_path_factory.mktemp("cuts"), bars_only=True)
    return [Codec().encode(record) for record in stream.records]


@pytest.mark.parametrize("seed", range(20))
def test_every_cut_of_the_changelog_is_a_sound_beginning(log: list[bytes], seed: int) -> None:
    """However often a worker dies in a flush, the rows are those of a worker that lived."""
    undisturbed = Partition(log, Random(0)).run(0.0, 0.0)
    disturbed = Partition(log, Random(seed))

    rows = disturbed.run(FLUSH, DIE)

    assert disturbed.deaths
    assert different(rows, undisturbed) == []

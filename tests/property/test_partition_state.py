"""A partition that is stopped anywhere, in the middle of a flush too, goes on as if nothing had happened."""

from typing import Final, NamedTuple

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Aggregate, Clock, Reference, VolumeCurve
from streams.background import Background
from streams.changelog import PROGRESS_KEY
from streams.partition_state import PartitionState, bar_state
from streams.view import States, view_of
from tests.property.market_logs import CURVE, FACTS, TICKERS, logs
from tests.unit.market.builders import DAY, DECODER, NEXT_DAY, SECOND, Told, encoded, row_of, rows_of, tickers, told

TOPIC: Final = "0123456789abcdef"
Item = tuple[bytes, bytes]


class Step(NamedTuple):
    """What a worker does next: folds so many records, then writes its changelog or not, then goes on or dies."""

    records: int
    flushes: bool
    dies: bool
    written: float
    """Of the flush in which it dies, the share of the rows that reach the changelog; 1 with the progress record."""


STEPS = st.lists(
    st.builds(
        Step,
        records=st.integers(1, 25),
        flushes=st.booleans(),
        dies=st.sampled_from([False, False, True]),
        written=st.sampled_from([0.0, 0.4, 0.8, 1.0]),
    ),
    max_size=12,
)


def background() -> Background:
    """Return what is known of every ticker on both days."""
    known = Background()
    seconds, volumes = zip(*CURVE, strict=True)
    for ticker in TICKERS:
        for date in (day.date.isoformat() for day in (DAY, NEXT_DAY)):
            known.put(msgspec.structs.replace(Reference(ticker=ticker, trading_date=date), **FACTS))
            known.put(VolumeCurve(ticker=ticker, trading_date=date, sample_days=1, seconds=seconds, volumes=volumes))
    return known


KNOWN: Final = background()


class Worker:
    """The lives of a partition's workers, one after another, with the log and the changelog they share."""

    def __init__(self, log: list[Aggregate | Clock]) -> None:
        """Begin with an empty changelog."""
        self.values = encoded(log)
        self.changelog: list[Item] = []
        self.refused: set[tuple[int, int]] = set()
        self.told: set[Told] = set()
        self.state = self.born()

    def born(self) -> PartitionState:
        """Return a new life, recovered from the changelog, which may hold every record or each key's last."""
        state = bar_state(SECOND, TOPIC, KNOWN)
        newest = dict(self.changelog)
        compacted = len(self.changelog) % 2 == 1
        kept = [item for item in self.changelog if not compacted or newest[item[0]] is item[1]]
        for start in range(0, len(kept), 3):
            state.load_items(kept[start : start + 3])
        self.next = state.start() or 0
        return state

    def fold(self, count: int) -> None:
        """Read on in the log."""
        values = self.values[self.next : self.next + count]
        if values:
            offsets = np.arange(self.next, self.next + len(values))
            refused = self.state.fold(DECODER, values, offsets)
            self.refused |= {(int(offsets[place]), outcome) for place, outcome in refused}
            self.next += len(values)

    def tell(self) -> None:
        """Send what has happened."""
        self.told |= set(told(self.state.columns, self.state.take_events()))

    def flush(self, written: float) -> None:
        """Send what has happened, then write what changed to the changelog, all of it or only its beginning."""
        self.tell()
        flush = self.state.changed()
        items = list(zip(flush.keys, flush.values, strict=True))
        if written == 1.0:
            self.changelog += items
            self.state.succeeded(flush, len(self.changelog) - 1)
        else:
            self.changelog += items[: int(written * len(items))]
            self.state.failed(flush)

    def do(self, step: Step) -> None:
        """Do a step of a life."""
        self.fold(step.records)
        if step.flushes:
            self.flush(step.written if step.dies else 1.0)
        if step.dies:
            self.state = self.born()

    def finish(self) -> PartitionState:
        """Read to the end of the log."""
        while self.next < len(self.values):
            self.fold(40)
        self.tell()
        return self.state


def pool(state: PartitionState) -> dict[str, list[tuple[float, ...]]]:
    """Return the values of every bar that may still be corrected, by ticker."""
    columns, found = state.columns, {}
    for row, ticker in enumerate(tickers(columns)):
        bars, node = [], int(columns.chains[row, 1])
        while node >= 0:
            bars.append(columns.nodes[node][["start", "high", "low", "close", "volume"]].item())
            node = int(columns.nodes[node]["newer"])
        found[ticker] = bars
    return {ticker: bars for ticker, bars in found.items() if bars}


def shown(state: PartitionState) -> dict[str, bytes]:
    """Return every ticker's metrics, the windows' among them, with their exact bytes."""
    view = view_of(States(state)) if state.event_time else None
    return {} if view is None else dict(zip(view.tickers.tolist(), map(np.ndarray.tobytes, view.values), strict=True))


def position(state: PartitionState) -> tuple[int, ...]:
    """Return how far a partition is."""
    return (state.event_time, state.complete_through, *state.columns.progress[0][["window", "day"]].item())


def counted(state: PartitionState) -> dict[str, bytes]:
    """Return the rows of tickers of which a bar was folded."""
    rows = rows_of(state.columns)
    return {name: rows[name] for row, name in enumerate(tickers(state.columns)) if state.columns.rows[row]["bars"] > 0}


@given(logs(most=80), STEPS)
def test_any_number_of_deaths_changes_nothing(log: list[Aggregate | Clock], steps: list[Step]) -> None:
    """Rows and metrics to the bit, pool, clock, what was told and refused: as of one worker that never stopped."""
    steady = Worker(log)
    expected = steady.finish()
    mortal = Worker(log)
    for step in steps:
        mortal.do(step)
    state = mortal.finish()

    assert counted(state) == counted(expected)
    assert pool(state) == pool(expected)
    assert position(state) == position(expected)
    assert state.position == expected.position
    assert mortal.refused == steady.refused
    assert shown(state) == shown(expected)
    assert mortal.told == steady.told


@settings(max_examples=40)
@given(logs(most=80), STEPS)
def test_what_is_committed_is_in_the_changelog(log: list[Aggregate | Clock], steps: list[Step]) -> None:
    """Dying right after any step loses nothing below the offset that could have been committed."""
    worker = Worker(log)
    for step in steps:
        worker.do(step)
        covered = worker.state.flushed or 0
        reborn = Worker(log)
        reborn.changelog = worker.changelog
        reborn.state = reborn.born()
        reborn.fold(max(0, covered - reborn.next))
        plain = Worker(log)
        plain.fold(covered)

        # Rows may be ahead of it, by a flush that was cut; none is behind.
        for ticker in counted(plain.state):
            mine, others = row_of(reborn.state.columns, ticker), row_of(plain.state.columns, ticker)
            assert mine["offset"] >= others["offset"]
            assert mine["offset"] > others["offset"] or mine["volume"] == others["volume"]
        assert any(key == PROGRESS_KEY for key, _ in worker.changelog) == (worker.state.flushed is not None)

"""A partition of trades that is stopped anywhere, in the middle of a flush too, goes on as if nothing had happened."""

import math
from random import Random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.market.partition import put_all_rows, tickers_of
from streams.market.session import day_index_at
from streams.market.trade_chunks import give_back_chunks, is_chunk, put_all_chunks, take_chunks
from streams.market.trade_partition import with_more_trade_rows, without_recent
from streams.market.trade_state import TRADE_ROW
from tests.property.trade_logs import ATR, Log, events_of, long_log, trade_logs
from tests.support.trade_oracle import Event
from tests.unit.market.builders import DAY, SECOND, clock
from tests.unit.market.trade_builders import TradeColumns, all_tickers, encoded, trade

Item = tuple[bytes, bytes]


class Step(NamedTuple):
    """What a worker does next: folds so many records, then writes its changelog or not, then goes on or dies."""

    records: int
    flushes: bool
    fails: bool
    """The flush reaches the changelog, yet the worker does not learn so."""
    dies: bool
    written: float
    """Of the flush in which it dies, the share that reaches the changelog; 1 with where it stands."""


STEPS = st.lists(
    st.builds(
        Step,
        records=st.integers(1, 25),
        flushes=st.booleans(),
        fails=st.sampled_from([False, False, True]),
        dies=st.sampled_from([False, False, True]),
        written=st.sampled_from([0.0, 0.4, 0.8, 1.0]),
    ),
    max_size=12,
)


class Stand(NamedTuple):
    """Where a flush stood."""

    position: int
    times: list[int]
    marks: list[tuple[int, int]]


class Worker:
    """The lives of a partition's workers, one after another, with the log and the changelog they share."""

    def __init__(self, log: Log) -> None:
        """Begin with an empty changelog."""
        self.values = encoded(log)
        self.changelog: list[Item] = []
        self.stand: Stand | None = None
        self.events: dict[str, set[Event]] = {}
        self.reached = 0
        """Behind the last record that any life has folded."""
        self.columns, self.marks = self.born()

    def born(self) -> tuple[TradeColumns, list[tuple[int, int]]]:
        """Return a new life, recovered from the changelog, which may hold every record or each key's last."""
        columns = TradeColumns(rows=4, items=1, atr=ATR)
        newest = dict(self.changelog)
        compacted = len(self.changelog) % 2 == 1
        kept = [item for item in self.changelog if not compacted or newest[item[0]] is item[1]]
        for start in range(0, len(kept), 3):
            load(columns, kept[start : start + 3])
        columns.partition = without_recent(columns.partition)
        marks: list[tuple[int, int]] = []
        if self.stand is not None:
            progress = columns.partition.progress
            progress["resume_offset"] = self.stand.position
            for name, time in zip(("event_time", "complete_through", "window"), self.stand.times, strict=True):
                progress[name] = time
            progress["day"] = day_index_at(self.stand.times[0])
            marks = list(self.stand.marks)
            older = [offset for time, offset in marks if time <= self.stand.times[2]]
            columns.offset = older[-1] if older else 0
        return columns, marks

    def fold(self, count: int) -> None:
        """Read on in the log."""
        offset, before = self.columns.offset, self.columns.progress[["event_time", "window"]].tolist()
        if not (values := self.values[offset : offset + count]):
            return
        self.columns.fold_values(values)
        if int(self.columns.progress["window"]) > before[1]:
            self.marks.append((before[0], offset))
        for ticker, events in events_of(self.columns).items():
            self.events.setdefault(ticker, set()).update(events)
        self.columns.events.clear()
        self.reached = max(self.reached, self.columns.offset)

    def flush(self, step: Step) -> None:
        """Write what changed to the changelog: chunks, then rows, then where it stands; or only the beginning."""
        partition, progress = self.columns.partition, self.columns.progress
        rows = np.flatnonzero(partition.dirty)
        chunks = take_chunks(partition, rows)
        items = list(zip(chunks.keys, chunks.values, strict=True))
        items += [
            (ticker, partition.rows[row].tobytes())
            for row, ticker in zip(rows.tolist(), tickers_of(partition, rows).tolist(), strict=True)
        ]
        written = step.written if step.dies else 1.0
        self.changelog += items[: math.ceil(written * len(items))]
        if written == 1.0 and self.columns.offset >= progress["resume_offset"]:
            times = progress[["event_time", "complete_through", "window"]].tolist()
            self.stand = Stand(self.columns.offset, list(times), list(self.marks))
        if step.fails or written < 1.0:
            give_back_chunks(partition, chunks)
        else:
            partition.dirty[rows] = False

    def do(self, step: Step) -> None:
        """Do a step of a life."""
        self.fold(step.records)
        if step.flushes:
            self.flush(step)
        if step.dies:
            self.columns, self.marks = self.born()

    def finish(self) -> TradeColumns:
        """Read to the end of the log."""
        while self.columns.offset < len(self.values):
            self.fold(40)
        return self.columns


def load(columns: TradeColumns, items: list[Item]) -> None:
    """Take in some records of the changelog."""
    chunks = [item for item in items if is_chunk(item[0])]
    if chunks:
        keys, values = zip(*chunks, strict=True)
        columns.partition = put_all_chunks(columns.partition, keys, values)
    rows = dict(item for item in items if not is_chunk(item[0]))
    new = np.frombuffer(b"".join(rows.values()), TRADE_ROW)
    columns.partition = put_all_rows(columns.partition, list(rows), new, with_more_trade_rows)


def pictures(columns: TradeColumns) -> dict[str, tuple[object, ...]]:
    """Return all that can be seen of each ticker that has traded: its row, last trades, and metrics at the end."""
    time = int(columns.progress["event_time"])
    found: dict[str, tuple[object, ...]] = {}
    for ticker in all_tickers(columns.partition):
        row = columns.row(ticker)
        if row["day_start"] > 0:
            metrics = [
                str(columns.metrics(ticker, max(time, int(row["price_time"])) + later, 1.0))
                for later in (0, 7 * SECOND, 45 * SECOND)
            ]
            found[ticker] = (row.tobytes(), columns.last(ticker).tobytes(), *metrics)
    return found


@given(trade_logs(most=120), STEPS)
def test_any_number_of_deaths_changes_nothing(log: Log, steps: list[Step]) -> None:
    """Rows to the bit, last trades, metrics and events are those of one worker that never stopped."""
    steady = Worker(log)
    expected = pictures(steady.finish())
    mortal = Worker(log)
    for step in steps:
        mortal.do(step)

    assert pictures(mortal.finish()) == expected
    assert mortal.events == steady.events


def lives(seed: int) -> list[Step]:
    """Return many short lives from a seed."""
    random = Random(seed)
    return [
        Step(
            records=random.choice([1, 3, 10, 40]),
            flushes=random.random() < 0.7,
            fails=random.random() < 0.1,
            dies=random.random() < 0.5,
            written=random.choice([0.0, 0.3, 0.7, 1.0, 1.0, 1.0]),
        )
        for _ in range(100)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_long_logs_and_many_deaths(seed: int) -> None:
    """The same of longer logs, seen after every life that has caught up."""
    log = long_log(seed)
    mortal, steady = Worker(log), Worker(log)
    for step in lives(seed):
        mortal.do(step)
        if mortal.columns.offset == mortal.reached:
            steady.fold(mortal.reached - steady.reached)
            assert pictures(mortal.columns) == pictures(steady.columns)

    assert pictures(mortal.finish()) == pictures(steady.finish())
    assert mortal.events == steady.events


FLUSH = Step(0, flushes=True, fails=False, dies=False, written=1.0)


@pytest.mark.parametrize("trades", [31, 32, 33, 1000, 1055, 1056, 1057, 1064, 1065, 2112, 2113])
@pytest.mark.parametrize("written", [0.0, 0.5, 1.0])
def test_a_full_ring_survives(trades: int, written: float) -> None:
    """The last 1,000 trades are whole again wherever a flush was cut while the ring went round."""
    log: Log = [trade("A", DAY.open + 10 * index, 10.0, 1.0 + index) for index in range(trades)]
    worker = Worker(log)
    worker.do(FLUSH._replace(records=trades - 20))
    worker.do(FLUSH._replace(records=20, dies=True, written=written))

    assert pictures(worker.finish()) == pictures(Worker(log).finish())
    assert worker.columns.last("A")["shares"].tolist() == [
        1.0 + index for index in range(max(0, trades - 1000), trades)
    ]


def test_the_log_is_read_again_from_far_enough() -> None:
    """A trade 62 s behind the clock finds the tick from 70 s before it, in a ring that was filled again."""
    start = DAY.open
    log: Log = [clock(start + 580 * SECOND), trade("A", start + 590 * SECOND, 10.0), clock(start + 590 * SECOND)]
    log += [trade("A", start + 600 * SECOND, 11.0), clock(start + 722 * SECOND), clock(start + 722 * SECOND + 1)]
    log += [trade("A", start + 660 * SECOND, 12.0)]
    worker = Worker(log)
    for records in (1, 1, 1, 1, 1, 1):
        worker.do(FLUSH._replace(records=records))
    worker.do(FLUSH._replace(dies=True))

    assert pictures(worker.finish()) == pictures(Worker(log).finish())
    assert worker.columns.row("A")["older_price"] == 10.0

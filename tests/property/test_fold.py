"""The fold depends on each ticker's own records and on nothing else: not on batches, nor on who comes in between."""

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Aggregate, Clock
from streams.market.evaluate import matrix_of
from streams.market.session import edges, trading_days
from tests.property.market_logs import CURVE, FACTS, assert_row, interleavings, logs, sums
from tests.unit.market.builders import MINUTE, SECOND, Columns, known_of_all, tickers

Log = list[Aggregate | Clock]


def new(rows: int = 8, nodes: int = 4096) -> Columns:
    """Return columns whose tickers are known."""
    return Columns(rows=rows, nodes=nodes, known_of=known_of_all(CURVE, **FACTS))


def folded(log: Log, rows: int = 8, nodes: int = 4096) -> tuple[Columns, list[str]]:
    """Fold a log in one batch."""
    columns = new(rows, nodes)
    return columns, columns.fold(*log)


def without_offsets(columns: Columns) -> dict[str, bytes]:
    """Return every row's bytes, but for its place in the log."""
    rows = {}
    for ticker in tickers(columns.partition):
        row = columns.row(ticker)
        row["offset"] = -1
        rows[ticker] = row.tobytes()
    return rows


def lines(columns: Columns) -> dict[str, bytes]:
    """Return every ticker's metrics, the windows' among them, with their exact bytes."""
    names, found = columns.lines()
    return dict(zip(names, map(np.ndarray.tobytes, matrix_of(found)), strict=True))


@given(logs(), st.data())
def test_tickers_do_not_disturb_each_other(log: Log, data: st.DataObject) -> None:
    """Any interleaving that keeps each ticker's own order gives the same rows, windows and events."""
    other = data.draw(interleavings(log))
    (first, outcomes), (second, others) = folded(log), folded(other)

    assert without_offsets(first) == without_offsets(second)
    assert sorted(outcomes) == sorted(others)
    assert first.progress["event_time"] == second.progress["event_time"]
    assert all(first.chain(ticker) == second.chain(ticker) for ticker in tickers(first.partition))
    assert lines(first) == lines(second)
    assert set(first.events) == set(second.events)


@given(logs(), st.lists(st.integers(0, 60)))
def test_batches_do_not_matter(log: Log, cuts: list[int]) -> None:
    """The same log in any batches, with room or made to grow, gives rows, windows and events equal to the bit."""
    whole, outcomes = folded(log)
    pieces = new(rows=2, nodes=1)
    edges_of_pieces = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    others: list[str] = []
    for start, stop in itertools.pairwise(edges_of_pieces):
        others += pieces.fold(*log[start:stop])

    assert others == outcomes
    assert pieces.events == whole.events
    assert lines(pieces) == lines(whole)
    used = int(whole.partition.used[0])
    assert pieces.partition.rows[:used].tobytes() == whole.partition.rows[:used].tobytes()
    assert pieces.progress[["event_time", "complete_through", "window", "day"]].tolist() == (
        whole.progress[["event_time", "complete_through", "window", "day"]].tolist()
    )


@given(logs())
def test_a_row_is_the_sum_of_what_was_folded(log: Log) -> None:
    """Whatever arrives and however late: the row is a plain sum over the newest version of each bar of its day."""
    columns, outcomes = folded(log)
    newest: dict[str, dict[int, Aggregate]] = {}
    for record, outcome in zip(log, outcomes, strict=True):
        if isinstance(record, Aggregate) and outcome in {"folded", "corrected"}:
            newest.setdefault(record.ticker, {})[record.start_time] = record

    for ticker, bars in newest.items():
        row = columns.row(ticker)
        day = next(day for day in trading_days() if day.start == row["day_start"])
        assert_row(row, sums([bar for bar in bars.values() if bar.start_time >= day.start], day))
        assert row["price_time"] == max(bars) + 1000


@given(logs(most=40), st.lists(st.integers(0, 5), max_size=20))
def test_windows_are_plain_sums(log: Log, pieces: list[int]) -> None:
    """Whenever somebody looks: the newest versions of the bars that ended in the last 1, 5 and 15 minutes."""
    columns = new()
    newest: dict[str, dict[int, Aggregate]] = {}
    rest = list(log)
    for count in [*pieces, len(log)]:
        piece, rest = rest[:count], rest[count:]
        outcomes = columns.fold(*piece) if piece else []
        for record, outcome in zip(piece, outcomes, strict=True):
            if isinstance(record, Aggregate) and outcome in {"folded", "corrected"}:
                newest.setdefault(record.ticker, {})[record.start_time] = record
        for ticker in columns.lines()[0] if outcomes else []:
            assert_windows(columns, ticker, newest[ticker])


def assert_windows(columns: Columns, ticker: str, bars: dict[int, Aggregate]) -> None:
    """Compare a ticker's windows with plain sums over its bars."""
    now, day_start = int(columns.progress["event_time"]), int(columns.row(ticker)["day_start"])
    found = columns.metrics(ticker)
    ordered = [bar for start, bar in sorted(bars.items()) if start >= day_start]
    for minutes in (1, 5, 15):
        begin = now - minutes * MINUTE
        volume = math.fsum(bar.volume for bar in ordered if bar.start_time + SECOND > begin)
        before = [bar.close for bar in ordered if bar.start_time + SECOND <= begin]
        change = (ordered[-1].close - before[-1]) / before[-1] * 100 if before else math.nan

        assert math.isclose(found[f"volume_{minutes}m"], volume, abs_tol=1e-6)
        np.testing.assert_equal(found[f"change_{minutes}m_pct"], change)


@given(logs())
def test_no_node_is_lost_or_used_twice(log: Log) -> None:
    """After anything, each node is free or in exactly one chain, and chains are in order."""
    columns, _ = folded(log, nodes=1)
    chains = [columns.chain(ticker) for ticker in tickers(columns.partition)]

    assert columns.free_nodes() + sum(map(len, chains)) == len(columns.partition.nodes)
    assert all(chain == sorted(set(chain)) for chain in chains)
    window = int(columns.progress["window"])
    assert all(start + 1000 > window for chain in chains for start in chain)
    assert 0 <= columns.progress["day"] < len(edges())

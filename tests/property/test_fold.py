"""The fold depends on each ticker's own records and on nothing else: not on batches, nor on who comes in between."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Aggregate, Clock
from streams.market.session import edges, trading_days
from tests.property.market_logs import TICKERS, assert_row, logs, sums
from tests.unit.market.builders import Columns, tickers

Log = list[Aggregate | Clock]


def folded(log: Log, rows: int = 8, nodes: int = 4096) -> tuple[Columns, list[str]]:
    """Fold a log in one batch."""
    columns = Columns(rows=rows, nodes=nodes)
    return columns, columns.fold(*log)


def without_offsets(columns: Columns) -> dict[str, bytes]:
    """Return every row's bytes, but for its place in the log."""
    rows = {}
    for ticker in tickers(columns.partition):
        row = columns.row(ticker)
        row["offset"] = -1
        rows[ticker] = row.tobytes()
    return rows


@st.composite
def interleavings(draw: st.DrawFn, log: Log) -> Log:
    """Return a log in another order: each ticker's own bars, and clocks towards all bars, stay in order."""
    result: Log = []
    parts: dict[str, Log] = {ticker: [] for ticker in TICKERS}

    def merge() -> None:
        while left := [part for part in parts.values() if part]:
            result.append(draw(st.sampled_from(left)).pop(0))

    for record in log:
        if isinstance(record, Clock):
            merge()
            result.append(record)
        else:
            parts[record.ticker].append(record)
    merge()
    return result


@given(logs(), st.data())
def test_tickers_do_not_disturb_each_other(log: Log, data: st.DataObject) -> None:
    """Any interleaving that keeps each ticker's own order gives the same rows."""
    other = data.draw(interleavings(log))
    (first, outcomes), (second, others) = folded(log), folded(other)

    assert without_offsets(first) == without_offsets(second)
    assert sorted(outcomes) == sorted(others)
    assert first.progress["event_time"] == second.progress["event_time"]
    assert all(first.chain(ticker) == second.chain(ticker) for ticker in tickers(first.partition))


@given(logs(), st.lists(st.integers(0, 60)))
def test_batches_do_not_matter(log: Log, cuts: list[int]) -> None:
    """The same log in any batches, with room or made to grow, gives rows that are equal to the bit."""
    whole, outcomes = folded(log)
    pieces = Columns(rows=2, nodes=1)
    edges_of_pieces = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    others: list[str] = []
    for start, stop in itertools.pairwise(edges_of_pieces):
        others += pieces.fold(*log[start:stop])

    assert others == outcomes
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

"""The fold of trades depends on each ticker's own records and on nothing else, and does what the oracle does."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Clock
from tests.property.trade_logs import ATR, TICKERS, Log, events_of, long_log, oracles, trade_logs
from tests.unit.market.builders import HOUR
from tests.unit.market.trade_builders import TradeColumns, all_tickers


def folded(log: Log) -> tuple[TradeColumns, list[str]]:
    """Fold a log in one batch."""
    columns = TradeColumns(atr=ATR)
    return columns, columns.fold(*log)


def states(columns: TradeColumns) -> dict[str, bytes]:
    """Return every row's bytes, but for its place in the log, and its last trades."""
    found = {}
    for ticker in all_tickers(columns.partition):
        row = columns.row(ticker)
        row["offset"] = -1
        found[ticker] = row.tobytes() + columns.last(ticker).tobytes()
    return found


@st.composite
def interleavings(draw: st.DrawFn, log: Log) -> Log:
    """Return a log in another order: each ticker's own trades, and clocks towards all trades, stay in order."""
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


@given(trade_logs(), st.data())
def test_tickers_do_not_disturb_each_other(log: Log, data: st.DataObject) -> None:
    """Any interleaving that keeps each ticker's own order gives the same rows, last trades and events."""
    (first, outcomes), (second, others) = folded(log), folded(data.draw(interleavings(log)))

    assert states(first) == states(second)
    assert sorted(outcomes) == sorted(others)
    assert events_of(first) == events_of(second)


@given(trade_logs(), st.lists(st.integers(0, 60)))
def test_batches_do_not_matter(log: Log, cuts: list[int]) -> None:
    """The same log in any batches, with room or made to grow, gives rows and last trades that are equal to the bit."""
    whole, outcomes = folded(log)
    pieces = TradeColumns(rows=2, items=1, atr=ATR)
    edges_of_pieces = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    others: list[str] = []
    for start, stop in itertools.pairwise(edges_of_pieces):
        others += pieces.fold(*log[start:stop])

    assert others == outcomes
    assert states(pieces) == states(whole)
    assert events_of(pieces) == events_of(whole)
    names = ["event_time", "complete_through", "window", "day"]
    assert pieces.progress[names].tolist() == whole.progress[names].tolist()


def same(actual: float, expected: float | None) -> bool:
    """Tell whether a metric is the oracle's, to 1e-9; undefined is NaN here and ``None`` there."""
    return math.isnan(actual) if expected is None else math.isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9)


def assert_oracles(columns: TradeColumns, log: Log) -> None:
    """Compare metrics, last trades and events of every ticker with the oracle's."""
    events = events_of(columns)
    for ticker, oracle in oracles(log, ATR).items():
        day_start = int(columns.row(ticker)["day_start"])
        newest = int(columns.progress["event_time"])
        own = max(found.trade.time for found in oracle.counted)
        time = newest if newest < day_start + 16 * HOUR else own
        actual, expected = columns.metrics(ticker, time, ATR.get(ticker, math.nan)), oracle.metrics(time)
        assert set(actual) == set(expected)
        assert [name for name in actual if not same(actual[name], expected[name])] == []
        assert columns.last(ticker)[["price", "shares"]].tolist() == [item[1:3] for item in oracle.last_trades()]
        today = [event for event in events.get(ticker, []) if event.time >= day_start]
        assert all(same(one.value, other.value) for one, other in zip(today, oracle.events, strict=True))
        assert [event._replace(value=0.0) for event in today] == [event._replace(value=0.0) for event in oracle.events]


@given(trade_logs(most=120))
def test_numbers_are_the_oracles(log: Log) -> None:
    """Whatever arrives and however late: every metric, the last trades and the events are those of the oracle."""
    assert_oracles(folded(log)[0], log)


@pytest.mark.parametrize("seed", range(40))
def test_numbers_are_the_oracles_on_the_way(seed: int) -> None:
    """So they are again and again while a longer log is read."""
    log = long_log(seed)
    columns = TradeColumns(atr=ATR)
    for start in range(0, len(log), 53):
        columns.fold(*log[start : start + 53])
        assert_oracles(columns, log[: start + 53])

"""``api.view``: one view out of the parts of all partitions."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from api.view import EMPTY, Ranked, Universe, View, current_heads, moment, universe_of
from schemas.expressions import Expression
from schemas.metrics import COLUMNS
from schemas.parts import TICKER_DTYPE, BoardPart, Head
from tests.support.universes import block


def head(partition: int, **changed: Any) -> Head:  # noqa: ANN401 (fields of several types)
    """Return a head, of two partitions unless told otherwise."""
    fields: dict[str, Any] = {
        "partition": partition,
        "partitions": 2,
        "version": 1,
        "trading_date": "2026-11-20",
        "session": "regular",
        "event_time": 1000,
        "complete_through": 1000,
        "position": 1,
        "published_time": 5000,
        "universe_version": 1,
    }
    return Head(**{**fields, **changed})


def tickers(*names: str) -> npt.NDArray[np.bytes_]:
    """Return a column of tickers."""
    return np.array(names, TICKER_DTYPE)


def entries(ranked: Ranked) -> list[tuple[str, float]]:
    """Return a board as pairs."""
    return list(zip(ranked.names.astype(str).tolist(), ranked.values.tolist(), strict=True))


def test_heads_of_an_older_date_are_left_out() -> None:
    """At 04:00 a partition that has seen nothing of the new day yet does not show yesterday's rows."""
    old, new = head(0, trading_date="2026-11-19", event_time=9999), head(1)

    assert current_heads([old, new]) == [new]


def test_heads_of_another_number_of_partitions_are_left_out() -> None:
    """After a change of partitions a ticker would else show twice."""
    before = [head(partition, partitions=4, published_time=100) for partition in range(4)]

    assert current_heads([*before[2:], head(1), head(0)]) == [head(0), head(1)]


def test_the_moment_is_that_of_the_newest_head_and_tells_of_the_oldest() -> None:
    """At 09:30 the session is that of whoever is ahead."""
    behind = head(0, session="pre_market", event_time=900, published_time=3000)
    found = moment([behind, head(1)])

    assert found == ("2026-11-20", "regular", 1000, 5000, 3000, 5000, 2, 2)


def test_the_feed_moved_when_the_event_time_last_did() -> None:
    """Writes that bring nothing newer do not count as news."""
    first = moment([head(0, published_time=5000)])
    second = moment([head(0, published_time=6000)], first)
    third = moment([head(0, published_time=7000, event_time=1001)], second)

    assert [at and at.advanced_time for at in (first, second, third)] == [5000, 5000, 7000]


def test_a_board_is_merged_from_its_parts() -> None:
    """Best first, equal values by ticker."""
    parts = [
        BoardPart.of(1, 1000, tickers("B", "C"), np.array([2.0, 1.0])),
        BoardPart.of(1, 1000, tickers("A", "D"), np.array([2.0, 1.5])),
    ]
    view = View([head(0), head(1)], {"gainers": parts}, Universe(()))

    assert entries(view.board("gainers")) == [("A", 2.0), ("B", 2.0), ("D", 1.5), ("C", 1.0)]
    assert entries(view.board("losers")) == []


def test_a_board_is_empty_outside_its_sessions() -> None:
    """What a partition that is behind still has of it does not show."""
    part = BoardPart.of(1, 1000, tickers("A"), np.array([9.0]))
    parts = {"small_cap_gappers": [part], "gainers": [part]}
    before = View([head(0, session="pre_market"), head(1, session="pre_market")], parts, Universe(()))
    after = View([head(0, session="pre_market", event_time=900), head(1)], parts, Universe(()))

    assert entries(before.board("small_cap_gappers")) == [("A", 9.0)]
    assert entries(after.board("small_cap_gappers")) == []
    assert entries(after.board("gainers")) == [("A", 9.0)]


def test_symbols_have_every_metric_and_no_nan() -> None:
    """Undefined is ``None``, also where the part has infinity or not the column."""
    universe = Universe([block({"A": {"price": 5.0, "relative_volume": math.inf}}), block({"B": {}})])
    view = View([head(0)], {}, universe)

    assert view.symbol("A") == {**dict.fromkeys(COLUMNS), "price": 5.0}
    assert view.symbol("B") == dict.fromkeys(COLUMNS)
    assert view.symbol("C") is None


def test_columns_are_found_by_name() -> None:
    """Workers of another version may have other columns, or others first."""
    universe = Universe([block({"A": {"vwap": 2.0, "later": 9.0, "price": 1.0}}, ("later", "vwap", "price"))])

    found = universe.cells(["A", "nobody"], ["price", "vwap", "open"])

    assert COLUMNS[0] == "price"
    assert np.array_equal(found, [[1.0, 2.0, math.nan], [math.nan] * 3], equal_nan=True)


def test_the_index_serves_again_while_the_tickers_are_the_same() -> None:
    """Most writes change numbers alone."""
    first = Universe([block({"A": {"price": 1.0}})])
    second = Universe([block({"A": {"price": 2.0}})], first)
    third = Universe([block({"A": {}, "B": {}})], second)

    assert second.index is first.index
    assert (second.cells(["A"], ["price"]).tolist(), list(third.tickers)) == ([[2.0]], ["A", "B"])


def test_the_same_parts_are_the_same_universe() -> None:
    """Whoever has looked at it need not look again."""
    blocks = [block({"A": {"price": 1.0}}), block({"B": {}})]
    universe = Universe(blocks)

    assert universe_of(blocks, universe) is universe
    assert universe_of(blocks[:1], universe) is not universe
    assert universe_of([blocks[0], block({"B": {}})], universe) is not universe


def test_a_table_has_the_rows_and_columns_asked_for() -> None:
    """In their order."""
    universe = Universe([block({"A": {"price": 1.0, "vwap": 2.0}}), block({"B": {"price": 3.0}})])

    assert universe.table(np.array([1, 0]), ["vwap", "price"]).rows() == [("B", None, 3.0), ("A", 2.0, 1.0)]


def test_what_is_remembered_of_a_universe_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A market that stands still keeps its universe for days."""
    monkeypatch.setattr("api.view.REMEMBERED", 3)
    universe = Universe([block({"A": {"price": 2.0}})])
    for number in range(20):
        condition = Expression(f"price > {number}")
        assert universe.matching("price", condition).tolist() == [number < 2]
        assert universe.matching("vwap", condition).tolist() == [False]
        assert universe.matching("price", None).tolist() == [True]
        assert len(universe._remembered) <= 3


def test_before_anything_was_read() -> None:
    """There is nothing, and no error."""
    assert (EMPTY.moment, entries(EMPTY.board("gainers")), EMPTY.symbol("A")) == (None, [], None)

"""The pool of bars that may be corrected: chains in order both ways, and no node lost or used twice."""

import numpy as np
import pytest

from streams.market.corrections import (
    NEWEST,
    NONE,
    OLDEST,
    WINDOW_MS,
    empty_chains,
    empty_nodes,
    find,
    insert,
    rebuild_totals,
    release,
    settle,
    window_start,
)
from streams.market.symbol_state import begin_day, empty_rows
from streams.market.totals import session_of
from tests.unit.market.builders import MINUTE, uncompiled

OPENS, CLOSES = 1000, 2000
STARTS = (10, 1010, 2010)
"""One bar in each session."""


class Pool:
    """A pool of eight nodes and the chains of two rows."""

    def __init__(self) -> None:
        """Begin with all nodes free."""
        self.nodes, self.chains, self.free = empty_nodes(8), empty_chains(2), np.zeros(1, np.int64)
        self.rows = empty_rows(2)
        for row in self.rows:
            uncompiled(begin_day)(row, 1)

    def put(self, row: int, start: int, price: float = 1.0) -> int:
        """Put a bar into its place of a chain."""
        older = uncompiled(find)(self.nodes, self.chains, row, start)
        node = int(uncompiled(insert)(self.nodes, self.chains, self.free, row, older, start))
        for name in ("high", "low", "close"):
            self.nodes[node][name] = price
        self.nodes[node]["volume"] = 1.0
        return node

    def settle(self, row: int, until: int) -> bool:
        """Settle bars of length 1."""
        arguments = (self.rows, self.nodes, self.chains, self.free, row, until, 1, OPENS, CLOSES)
        return bool(uncompiled(settle)(*arguments))

    def starts(self, row: int) -> list[int]:
        """Return a row's starts, oldest first."""
        found, node = [], int(self.chains[row, OLDEST])
        while node != NONE:
            found.append(int(self.nodes[node]["start"]))
            node = int(self.nodes[node]["newer"])
        return found

    def free_nodes(self) -> int:
        """Return how many nodes are free."""
        count, node = 0, int(self.free[0])
        while node != NONE:
            count, node = count + 1, int(self.nodes[node]["older"])
        return count


@pytest.mark.parametrize("order", [(1, 2, 3, 4), (4, 3, 2, 1), (2, 4, 1, 3), (3, 1, 4, 2)])
def test_a_chain_is_in_order_of_starts(order: tuple[int, ...]) -> None:
    """Whatever the order of arrival, the chain runs from the oldest start to the newest, and other rows are apart."""
    pool = Pool()
    for start in order:
        pool.put(0, start)
        pool.put(1, 10 * start)

    assert pool.starts(0) == [1, 2, 3, 4]
    assert pool.starts(1) == [10, 20, 30, 40]
    assert pool.free[0] == NONE
    assert pool.nodes[pool.chains[0, NEWEST]]["start"] == 4
    assert pool.nodes[pool.chains[0, NEWEST]]["newer"] == NONE


def test_a_bar_is_found_by_its_start() -> None:
    """The newest node at or before a start; none before the first."""
    pool = Pool()
    nodes = {start: pool.put(0, start) for start in (10, 20)}

    def found(start: int) -> int:
        return int(uncompiled(find)(pool.nodes, pool.chains, 0, start))

    assert [found(start) for start in (9, 10, 19, 20, 99)] == [NONE, nodes[10], nodes[10], nodes[20], nodes[20]]


def test_settling_moves_shares_into_their_sessions() -> None:
    """Bars that ended by then leave the chain, each into its session's extremes; the rest stays."""
    pool = Pool()
    for price, start in enumerate(STARTS, 1):
        pool.put(0, start, float(price))

    assert pool.settle(0, 1011)
    assert pool.starts(0) == [2010]
    row = pool.rows[0]
    assert (row["settled"]["volume"], row["settled"]["value"], row["settled_until"]) == (2.0, 3.0, 1011)
    assert row["settled"]["high"].tolist() == [1.0, 2.0, -np.inf]
    assert row["settled"]["low"].tolist() == [1.0, 2.0, np.inf]
    assert pool.free_nodes() == 7
    assert pool.nodes[pool.chains[0, OLDEST]]["older"] == NONE

    assert not pool.settle(0, 2010), "the bar that starts then has not ended"
    assert pool.settle(0, 2011)
    assert pool.chains[0].tolist() == [NONE, NONE]
    assert not pool.settle(0, 9999)
    assert pool.free_nodes() == 8


def test_releasing_frees_every_node_of_a_row() -> None:
    """The other row keeps its own, and a row without bars has nothing to free."""
    pool = Pool()
    for start in (1, 2, 3):
        pool.put(0, start)
    pool.put(1, 7)

    for _ in range(2):
        uncompiled(release)(pool.nodes, pool.chains, pool.free, 0)

        assert pool.chains[0].tolist() == [NONE, NONE]
        assert pool.free_nodes() == 7
        assert pool.starts(1) == [7]


def test_totals_are_made_anew_from_what_settled_and_the_chain() -> None:
    """Whatever the sums and extremes were, they are those of the bars."""
    pool = Pool()
    for price, start in enumerate(STARTS, 1):
        pool.put(0, start, float(price))
    pool.settle(0, 11)
    row = pool.rows[0]
    row["volume"] = row["value"] = row["high"] = 99.0

    uncompiled(rebuild_totals)(row, pool.nodes, pool.chains[0, OLDEST], OPENS, CLOSES)

    assert (row["volume"], row["value"]) == (3.0, 6.0)
    assert row["high"].tolist() == row["low"].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(("start", "session"), [(999, 0), (1000, 1), (1999, 1), (2000, 2)])
def test_a_session_begins_at_its_edge(start: int, session: int) -> None:
    """An edge belongs to the later session."""
    assert uncompiled(session_of)(start, OPENS, CLOSES) == session


@pytest.mark.parametrize(("clock", "minutes"), [(0, 0), (59_999, 0), (60_000, 1), (119_999, 1)])
def test_the_window_moves_by_the_minute(clock: int, minutes: int) -> None:
    """It starts 16 minutes before the minute that the clock is in."""
    assert uncompiled(window_start)(clock) == minutes * MINUTE - WINDOW_MS

"""The columns of a partition: room that grows, and what is left of them after a restart."""

import numpy as np

from streams.market.bar_events import rules
from streams.market.corrections import NONE
from streams.market.partition import new_partition, with_more_nodes, with_more_rows, without_bars
from tests.unit.market.builders import DAY, SECOND, Columns, bar, row_of, rows_of, tickers


def test_a_partition_begins_empty() -> None:
    """Nothing folded, every node free, its own rules or the usual ones."""
    partition = new_partition(SECOND, 7, rows=4, nodes=3, event_rules=rules(5))

    assert tickers(partition) == []
    assert (partition.progress["interval_ms"][0], partition.progress["source"][0]) == (SECOND, 7)
    assert partition.nodes["older"].tolist() == [1, 2, NONE]
    assert partition.rules.cooldown_ms[0] == 5
    assert new_partition(SECOND, 7).rules.cooldown_ms[0] == 60_000


def test_more_room_keeps_what_there_is() -> None:
    """Rows, chains and windows in their places, rules and progress as they were."""
    columns = Columns(rows=4, nodes=4)
    columns.fold(bar("A", DAY.open), bar("B", DAY.open, 11.0), bar("B", DAY.open + SECOND, 12.0))
    before, metrics = rows_of(columns.partition), columns.metrics("B")

    columns.partition = with_more_nodes(with_more_rows(columns.partition))

    assert len(columns.partition.rows) == len(columns.partition.dirty) == len(columns.partition.windows.sums) == 8
    assert columns.free_nodes() == len(columns.partition.nodes) - 3
    assert rows_of(columns.partition) == before
    assert columns.chain("B") == [DAY.open, DAY.open + SECOND]
    np.testing.assert_equal(columns.metrics("B"), metrics)


def test_without_bars_rows_stay() -> None:
    """As after a restart: rows are what the changelog says, the pool and the windows are to be read again."""
    columns = Columns()
    columns.fold(bar("A", DAY.open, volume=5.0))
    bare = without_bars(columns.partition)

    assert row_of(bare, "A").tobytes() == columns.row("A").tobytes()
    assert (bare.chains == NONE).all()
    assert (bare.windows.oldest == NONE).all()
    assert bare.free[0] == 0
    assert columns.chain("A") == [DAY.open]

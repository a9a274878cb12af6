"""The columns of a partition of trades."""

import numpy as np

from streams.market.session import edges
from streams.market.trade_arrays import TradeKnown, TradePartition
from streams.market.trade_conditions import default_rules
from streams.market.trade_partition import (
    fold_all_trades,
    new_trade_partition,
    nothing_known,
    with_larger_pool,
    with_more_trade_rows,
    without_recent,
)
from tests.unit.market.builders import DAY, NEXT_DAY, SECOND
from tests.unit.market.trade_builders import TradeColumns, all_tickers, decoded, encoded, trade


def test_larger_columns_hold_the_same() -> None:
    """Rows, tickers, seconds and last trades stay where they are."""
    columns = TradeColumns(rows=2)
    columns.fold(trade("A", DAY.open, 10.0), trade("B", DAY.open + 1, 11.0, 7.0))
    before = [columns.row("A"), columns.metrics("A", DAY.open), columns.last("B").tolist()]
    columns.partition = with_larger_pool(with_more_trade_rows(columns.partition))

    after = [columns.row("A"), columns.metrics("A", DAY.open), columns.last("B").tolist()]
    assert str(after) == str(before)
    assert (len(columns.partition.rows), all_tickers(columns.partition)) == (4, ["A", "B"])
    assert columns.fold(trade("B", DAY.open + 2), trade("C", DAY.open + 2)) == ["folded", "folded"]


def test_what_is_known_is_asked_for_each_day() -> None:
    """Once a day, and again where there is more room for rows; without a source nothing is known."""
    columns = TradeColumns(rows=1)
    asked = []

    def known_of(partition: TradePartition, day_start: int) -> tuple[TradePartition, TradeKnown]:
        asked.append((len(partition.rows), day_start))
        return nothing_known(partition, day_start)

    records = [trade("A", DAY.open), trade("B", DAY.open), trade("A", NEXT_DAY.open), trade("B", DAY.open)]
    batch = decoded(encoded(records), 0)
    partition, known, events = fold_all_trades(
        columns.partition, batch, edges(), default_rules(), columns.known, known_of
    )

    assert asked == [(1, DAY.start), (2, DAY.start), (2, NEXT_DAY.start)]
    assert (known.day_start, np.isnan(known.atr).tolist()) == (NEXT_DAY.start, [True, True])
    assert [len(each) for each in events] == [0]
    assert partition.rows["trades"].tolist() == [1, 2]


def test_without_the_last_seconds_the_row_stays() -> None:
    """Before the log is read again, ticks begin where the row's ring ended."""
    columns = TradeColumns()
    columns.fold(trade("A", DAY.open, 10.0), trade("A", DAY.open + 70 * SECOND, 11.0))
    row = columns.row("A")
    columns.partition = without_recent(columns.partition)

    head = columns.partition.heads[0]
    assert columns.row("A").tobytes() == row.tobytes()
    assert head.item() == (0, 10.0, DAY.open, 0, 0.0, 0, 0)
    assert columns.partition.buckets["second"].max() == 0
    assert columns.metrics("A", DAY.open + 70 * SECOND)["trades_per_second"] == 0.0


def test_a_new_partition_is_empty() -> None:
    """No tickers, no trades, its source."""
    partition = new_trade_partition(7)

    assert (partition.used[0], partition.progress["source"][0], len(partition.rows)) == (0, 7, 1024)

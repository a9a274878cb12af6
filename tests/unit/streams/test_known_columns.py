"""What is known of tickers before the day stands beside the right rows, however rows and knowledge come and grow."""

import datetime as dt
import math
from typing import Final

import numpy as np

from schemas.records import Reference, VolumeCurve
from streams.background import Background
from streams.known_columns import KnownColumns
from streams.market.partition import new_partition, row_numbers, with_more_rows
from streams.market.relative_volume import baseline_at
from streams.market.session import trading_day_of
from tests.unit.market.builders import tickers

TODAY: Final = "2025-01-06"
TOMORROW: Final = "2025-01-07"
DAY: Final = trading_day_of(dt.date(2025, 1, 6)).start
NEXT_DAY: Final = trading_day_of(dt.date(2025, 1, 7)).start


def reference(ticker: str, close: float | None = 10.0, volume: float | None = 5.0, day: str = TODAY) -> Reference:
    """Return a reference record."""
    return Reference(ticker=ticker, trading_date=day, prev_close=close, avg_volume=volume)


def curve(ticker: str, *steps: tuple[int, float], days: int = 10, day: str = TODAY) -> VolumeCurve:
    """Return a curve record."""
    seconds, volumes = tuple(second for second, _ in steps), tuple(volume for _, volume in steps)
    return VolumeCurve(ticker=ticker, trading_date=day, sample_days=days, seconds=seconds, volumes=volumes)


def test_known_by_row() -> None:
    """Each ticker's figures stand in its row; null and tickers without a record are NaN; new tickers get rows."""
    background = Background()
    for record in (reference("B", 20.0, None), reference("A", None, 7.0), curve("C", (60, 1.0))):
        background.put(record)
    partition, _ = row_numbers(new_partition(1000, 1), [b"A", b"X"], with_more_rows)

    partition, known = KnownColumns(background, with_more_rows).of(partition, DAY)

    assert tickers(partition) == ["A", "X", "B", "C"]
    np.testing.assert_equal(known.facts["prev_close"][:4], [math.nan, math.nan, 20.0, math.nan])
    np.testing.assert_equal(known.facts["avg_volume"][:4], [7.0, math.nan, math.nan, math.nan])
    assert known.curves.sample_days[:4].tolist() == [0, 0, 0, 10]
    assert float(baseline_at(known.curves, 3, 60)) == 1.0


def test_only_records_of_the_trading_date_count() -> None:
    """Tomorrow's record says nothing of today; a later record replaces an earlier one."""
    background = Background()
    columns = KnownColumns(background, with_more_rows)
    background.put(reference("A", 1.0, day=TOMORROW))
    background.put(reference("B", 1.0))
    background.put(reference("B", 2.0))
    partition, known = columns.of(new_partition(1000, 1), DAY)

    assert tickers(partition) == ["B"]
    assert known.facts["prev_close"][0] == 2.0
    partition, known = columns.of(partition, NEXT_DAY)
    assert known.facts["prev_close"][tickers(partition).index("A")] == 1.0


def test_before_the_first_bar_nothing_is_known() -> None:
    """A partition without a day has no trading date."""
    background = Background()
    background.put(reference("A"))
    partition, known = KnownColumns(background, with_more_rows).of(new_partition(1000, 1), 0)

    assert tickers(partition) == []
    assert np.isnan(known.facts["prev_close"]).all()


def test_what_is_known_covers_every_row_there_is_room_for() -> None:
    """Rows that come after it was put together have a place in it, though curves had made the room larger meanwhile."""
    background = Background()
    background.put(reference("A"))
    for number in range(9):
        background.put(curve(f"C{number}", (60, 1.0)))
    columns = KnownColumns(background, with_more_rows)
    partition, known = columns.of(new_partition(1000, 1, rows=8), DAY)

    assert len(partition.rows) == 16
    assert len(known.facts) == len(known.curves.first) == 16
    background.put(reference("A", day=TOMORROW))
    assert columns.of(partition, DAY)[1] is known


def test_another_partition_has_other_rows() -> None:
    """A partition that was dropped and recovered has its tickers elsewhere: what is known follows them."""
    background = Background()
    background.put(reference("A", 1.0))
    background.put(reference("B", 2.0))
    first, _ = row_numbers(new_partition(1000, 1), [b"A", b"B"], with_more_rows)
    second, _ = row_numbers(new_partition(1000, 1), [b"B", b"A"], with_more_rows)
    columns = KnownColumns(background, with_more_rows)

    for partition, expected in ((first, [1.0, 2.0]), (second, [2.0, 1.0]), (first, [1.0, 2.0])):
        assert columns.of(partition, DAY)[1].facts["prev_close"][:2].tolist() == expected


def test_growing_and_new_records_are_seen() -> None:
    """After the rows have grown, and after each record, everything is where it belongs; curves too."""
    background = Background()
    columns = KnownColumns(background, with_more_rows)
    partition = new_partition(1000, 1, rows=2)
    for number in range(20):
        background.put(curve(f"T{number}", (number, float(number)), (1000, 1e6), days=number + 1))
        partition, _ = columns.of(partition, DAY)
    partition, known = columns.of(partition, DAY)

    for row, ticker in enumerate(tickers(partition)):
        number = int(ticker[1:])
        assert known.curves.sample_days[row] == number + 1
        assert float(baseline_at(known.curves, row, number)) == number
        assert float(baseline_at(known.curves, row, 1000)) == 1e6


def test_an_empty_curve_has_sample_days() -> None:
    """A ticker that was listed and never traded has a baseline of 0, not none; a table may have no use for curves."""
    background = Background()
    background.put(curve("A", days=3))
    _, known = KnownColumns(background, with_more_rows).of(new_partition(1000, 1), DAY)
    partition, without = KnownColumns(background, with_more_rows, with_curves=False).of(new_partition(1000, 1), DAY)

    assert known.curves.sample_days[0] == 3
    assert float(baseline_at(known.curves, 0, 57_600)) == 0.0
    assert tickers(partition) == []
    assert not without.curves.sample_days.any()

"""What is known of tickers before the day stands beside the right rows, however rows and knowledge come and grow."""

import math
from typing import Final

import numpy as np

from schemas.records import Reference, VolumeCurve
from streams.background import Background
from streams.market.partition import new_partition, row_numbers
from streams.market.relative_volume import baseline_at
from tests.unit.market.builders import tickers

TODAY: Final = "2025-01-06"
TOMORROW: Final = "2025-01-07"


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
    partition, _ = row_numbers(new_partition(1000, 1), [b"A", b"X"])

    partition, known, curves = background.columns(partition, TODAY)

    assert tickers(partition) == ["A", "X", "B", "C"]
    np.testing.assert_equal(known.previous_close[:4], [math.nan, math.nan, 20.0, math.nan])
    np.testing.assert_equal(known.average_volume[:4], [7.0, math.nan, math.nan, math.nan])
    assert curves.sample_days[:4].tolist() == [0, 0, 0, 10]
    assert float(baseline_at(curves, 3, 60)) == 1.0


def test_only_records_of_the_trading_date_count() -> None:
    """Tomorrow's record says nothing of today; a later record replaces an earlier one."""
    background = Background()
    background.put(reference("A", 1.0, day=TOMORROW))
    background.put(reference("B", 1.0))
    background.put(reference("B", 2.0))
    partition = new_partition(1000, 1)
    partition, known, _ = background.columns(partition, TODAY)

    assert tickers(partition) == ["B"]
    assert known.previous_close[0] == 2.0
    partition, known, _ = background.columns(partition, TOMORROW)
    assert known.previous_close[tickers(partition).index("A")] == 1.0


def test_tomorrow_stands_beside_today() -> None:
    """Whichever is published last, and of the rest the date in use stays and the one longest without news goes."""
    background = Background()
    background.put(reference("A", 1.0))
    background.put(curve("A", (60, 1.0)))
    partition, known, _ = background.columns(new_partition(1000, 1), TODAY)
    for number, day in enumerate((TOMORROW, "2025-01-08", "2025-01-10"), start=2):
        background.put(reference("A", float(number), day=day))
        background.put(curve("A", (60, float(number)), day=day))

    assert background.columns(partition, TODAY)[1] is known
    closes = {}
    for day in (TODAY, "2025-01-10", "2025-01-08", TOMORROW):
        _, known, curves = background.columns(partition, day)
        closes[day] = (float(known.previous_close[0]), float(baseline_at(curves, 0, 60)))
    nothing = (math.nan, math.nan)
    expected = {TODAY: (1.0, 1.0), "2025-01-10": (4.0, 4.0), "2025-01-08": nothing, TOMORROW: nothing}
    np.testing.assert_equal(closes, expected)


def test_what_is_known_covers_every_row_there_is_room_for() -> None:
    """Rows that come after it was put together have a place in it, though curves had made the room larger meanwhile."""
    background = Background()
    background.put(reference("A"))
    for number in range(9):
        background.put(curve(f"C{number}", (60, 1.0)))
    partition, known, curves = background.columns(new_partition(1000, 1, rows=8), TODAY)

    assert len(partition.rows) == 16
    assert len(known.previous_close) == len(curves.first) == 16
    assert background.columns(partition, TODAY)[1] is known


def test_another_partition_has_other_rows() -> None:
    """A partition that was dropped and recovered has its tickers elsewhere: what is known follows them."""
    background = Background()
    background.put(reference("A", 1.0))
    background.put(reference("B", 2.0))
    first, _ = row_numbers(new_partition(1000, 1), [b"A", b"B"])
    second, _ = row_numbers(new_partition(1000, 1), [b"B", b"A"])

    for partition, expected in ((first, [1.0, 2.0]), (second, [2.0, 1.0]), (first, [1.0, 2.0])):
        assert background.columns(partition, TODAY)[1].previous_close[:2].tolist() == expected


def test_growing_and_new_records_are_seen() -> None:
    """After the rows have grown, and after each record, everything is where it belongs; curves too."""
    background = Background()
    partition = new_partition(1000, 1, rows=2)
    for number in range(20):
        background.put(curve(f"T{number}", (number, float(number)), (1000, 1e6), days=number + 1))
        partition, _, _ = background.columns(partition, TODAY)
    partition, _, curves = background.columns(partition, TODAY)

    for row, ticker in enumerate(tickers(partition)):
        number = int(ticker[1:])
        assert curves.sample_days[row] == number + 1
        assert float(baseline_at(curves, row, number)) == number
        assert float(baseline_at(curves, row, 1000)) == 1e6


def test_an_empty_curve_has_sample_days() -> None:
    """A ticker that was listed and never traded has a baseline of 0, not none."""
    background = Background()
    background.put(curve("A", days=3))
    _, _, curves = background.columns(new_partition(1000, 1), TODAY)

    assert curves.sample_days[0] == 3
    assert float(baseline_at(curves, 0, 57_600)) == 0.0

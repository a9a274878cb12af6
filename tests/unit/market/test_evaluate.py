"""Each metric by its definition, worked out by hand, and every case in which it is undefined."""

import math
from typing import Final

import numpy as np
import pytest

from schemas.metrics import COLUMNS
from schemas.records import Aggregate
from streams.market.evaluate import Known, evaluate
from streams.market.gap import change, percent_change
from streams.market.relative_volume import Curves, baseline_at, ratio
from tests.unit.market.builders import DAY, HOUR, MINUTE, NEXT_DAY, Columns, bar, floats, tickers, uncompiled

PRE: Final = bar("A", DAY.start + HOUR, 11.0, 100.0, open=10.0, high=12.0, low=9.0)
LAST_PRE: Final = bar("A", DAY.open - MINUTE, 13.0, 300.0, open=12.0, high=14.0, low=11.5)
FIRST: Final = bar("A", DAY.open, 16.0, 200.0, open=15.0, high=17.0, low=14.5)
POST: Final = bar("A", DAY.close, 18.0, 400.0, open=16.0, high=18.5, low=15.5)
NAN: Final = math.nan


def curve(*steps: tuple[int, float], days: int = 10) -> Curves:
    """Return the curve of the one row there is."""
    seconds, volumes = [second for second, _ in steps], [volume for _, volume in steps]
    return Curves(
        np.zeros(1, np.int64),
        np.array([len(steps)]),
        np.array([days]),
        np.array(seconds, np.int32),
        np.array(volumes, np.float64),
    )


CURVE: Final = curve((60, 50.0), (3600, 200.0), (20_000, 400.0))
NO_CURVE: Final = curve(days=0)


def metrics(
    *bars: Aggregate, close: float = 10.0, average: float = 4000.0, curves: Curves = CURVE, second: int = 3600
) -> dict[str, float]:
    """Fold bars of one ticker and evaluate it."""
    columns = Columns()
    columns.fold(*bars)
    table, numbers = np.full((1, len(COLUMNS)), -1.0), np.empty(1, np.int64)
    known = Known(floats(close), floats(average))
    rows = columns.partition.rows
    assert uncompiled(evaluate)(rows, 1, DAY.start, second, known, curves, numbers, table) == 1
    return dict(zip(COLUMNS, table[0].tolist(), strict=True))


def test_before_the_open() -> None:
    """The price stands in for the open in the gap; what begins with the regular session is undefined."""
    assert metrics(PRE, LAST_PRE) == pytest.approx(
        {
            "price": 13.0,
            "accumulated_volume": 400.0,
            "prev_close": 10.0,
            "avg_volume": 4000.0,
            "change": 3.0,
            "change_pct": 30.0,
            "open": NAN,
            "change_from_open_pct": NAN,
            "gap_pct": 30.0,
            "premarket_gap_pct": 0.0,
            "premarket_change_pct": 30.0,
            "relative_volume": 0.1,
            "relative_volume_at_time": 2.0,
            "vwap": 12.5,
            "vendor_day_volume": NAN,
            "vendor_open": NAN,
            "vendor_vwap": NAN,
            "pre_market_high": 14.0,
            "pre_market_low": 9.0,
            "regular_high": NAN,
            "regular_low": NAN,
            "post_market_high": NAN,
            "post_market_low": NAN,
            "volume_baseline_at_time": 200.0,
            "volume_sample_days": 10.0,
        },
        nan_ok=True,
    )


def test_after_the_close() -> None:
    """The open and the gap stay, the price goes on, and each session has its extremes."""
    found = metrics(PRE, LAST_PRE, FIRST, POST, second=60_000)

    assert found["price"] == 18.0
    assert found["open"] == 15.0
    assert found["change_from_open_pct"] == pytest.approx(20.0)
    assert found["gap_pct"] == pytest.approx(50.0)
    assert found["premarket_change_pct"] == pytest.approx(30.0)
    assert found["relative_volume_at_time"] == pytest.approx(2.5)
    assert found["vwap"] == pytest.approx((1100 + 3900 + 3200 + 7200) / 1000)
    assert [found[f"{name}_high"] for name in ("pre_market", "regular", "post_market")] == [14.0, 17.0, 18.5]
    assert [found[f"{name}_low"] for name in ("pre_market", "regular", "post_market")] == [9.0, 14.5, 15.5]


@pytest.mark.parametrize("close", [NAN, 0.0, -1.0])
def test_without_a_previous_close(close: float) -> None:
    """No change and no gap, where it is unknown or not positive."""
    found = metrics(PRE, FIRST, close=close)
    undefined = {"change", "change_pct", "gap_pct", "premarket_gap_pct", "premarket_change_pct"}

    assert all(math.isnan(found[name]) for name in undefined)
    assert found["change_from_open_pct"] == pytest.approx(100 / 15)


@pytest.mark.parametrize("average", [NAN, 0.0])
def test_without_an_average_volume(average: float) -> None:
    """No relative volume; that of the time of day has its own divisor."""
    found = metrics(PRE, average=average)

    assert math.isnan(found["relative_volume"])
    assert found["relative_volume_at_time"] == 0.5


@pytest.mark.parametrize(
    ("curves", "second", "baseline", "days"),
    [(NO_CURVE, 3600, NAN, NAN), (CURVE, 59, 0.0, 10.0), (curve(days=3), 3600, 0.0, 3.0)],
)
def test_without_a_baseline(curves: Curves, second: int, baseline: float, days: float) -> None:
    """No baseline session, or none in which anything traded by then: the ratio is undefined, its inputs say why."""
    found = metrics(PRE, curves=curves, second=second)

    assert math.isnan(found["relative_volume_at_time"])
    np.testing.assert_equal([found["volume_baseline_at_time"], found["volume_sample_days"]], [baseline, days])


def test_without_a_premarket_bar() -> None:
    """Neither pre-market gap nor change nor extremes."""
    found = metrics(FIRST)
    undefined = {"premarket_gap_pct", "premarket_change_pct", "pre_market_high", "pre_market_low"}

    assert all(math.isnan(found[name]) for name in undefined)


def test_volume_zero_has_no_vwap() -> None:
    """A bar without volume gives a price, and a relative volume of 0."""
    found = metrics(bar("A", DAY.open, 10.0, 0.0))

    assert math.isnan(found["vwap"])
    assert (found["price"], found["accumulated_volume"], found["relative_volume"]) == (10.0, 0.0, 0.0)


def test_vendor_figures_are_shown_as_sent() -> None:
    """They are not computed here."""
    found = metrics(bar("A", DAY.open, vendor_day_volume=7.0, vendor_open=8.0, vendor_vwap=9.0))

    assert [found[name] for name in ("vendor_day_volume", "vendor_open", "vendor_vwap")] == [7.0, 8.0, 9.0]


@pytest.mark.parametrize(
    ("second", "volume"),
    [(0, 0.0), (59, 0.0), (60, 50.0), (61, 50.0), (3599, 50.0), (3600, 200.0), (19_999, 200.0), (57_600, 400.0)],
)
def test_the_baseline_is_a_step_function(second: int, volume: float) -> None:
    """Each step holds from its second until before the next: no interpolation, 0 before the first."""
    assert uncompiled(baseline_at)(CURVE, 0, second) == volume


def test_curves_lie_end_to_end() -> None:
    """A row reads its own steps, not its neighbour's; a row without a curve reads none."""
    two = Curves(
        np.array([0, 0, 2]),
        np.array([2, 0, 1]),
        np.array([1, 0, 1]),
        np.array([10, 20, 15], np.int32),
        np.array([1.0, 2.0, 9.0]),
    )

    assert [float(baseline_at(two, 0, second)) for second in (9, 10, 99)] == [0.0, 1.0, 2.0]
    assert math.isnan(baseline_at(two, 1, 99))
    assert [float(baseline_at(two, 2, second)) for second in (14, 15)] == [0.0, 9.0]


def test_only_tickers_with_a_bar_on_the_day() -> None:
    """Yesterday's rows, and tickers known from the reference only, are on no board."""
    columns = Columns()
    columns.fold(bar("OLD", DAY.open), bar("NEW", NEXT_DAY.open), bar("NEVER", NEXT_DAY.open, interval_ms=MINUTE))
    nothing = floats(NAN, NAN, NAN)
    none = np.zeros(3, np.int64)
    curves = Curves(none, none, none, np.zeros(0, np.int32), floats())
    table, numbers = np.empty((3, len(COLUMNS))), np.empty(3, np.int64)
    rows = columns.partition.rows

    for day, expected in ((DAY, "OLD"), (NEXT_DAY, "NEW")):
        count = evaluate(rows, 3, day.start, 0, Known(nothing, nothing), curves, numbers, table)
        assert [tickers(columns.partition)[row] for row in numbers[:count]] == [expected]


@pytest.mark.parametrize(("value", "base", "percent"), [(11.0, 10.0, 10.0), (0.5, 1.0, -50.0), (110.0, 10.0, 1000.0)])
def test_percent_is_of_the_base(value: float, base: float, percent: float) -> None:
    """10.0 is ten percent; a rise of a thousand percent is one."""
    assert uncompiled(percent_change)(value, base) == pytest.approx(percent)
    assert uncompiled(change)(value, base) == pytest.approx(value - base)


@pytest.mark.parametrize(("volume", "baseline", "expected"), [(6.0, 3.0, 2.0), (0.0, 3.0, 0.0)])
def test_a_ratio_is_plain(volume: float, baseline: float, expected: float) -> None:
    """2.0 is twice."""
    assert uncompiled(ratio)(volume, baseline) == expected

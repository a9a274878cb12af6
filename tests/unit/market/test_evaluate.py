"""Each metric by its definition, worked out by hand, and every case in which it is undefined."""

import math
from typing import Final

import numpy as np
import pytest

from schemas.metrics import COLUMNS
from schemas.records import Aggregate
from streams.market.evaluate import empty_lines, matrix_of
from streams.market.gap import change, percent_change
from streams.market.relative_volume import Curves, baseline_at, baseline_between, ratio
from tests.unit.market.builders import DAY, HOUR, MINUTE, NEXT_DAY, SECOND, Columns, bar, known_of_all, uncompiled

PRE: Final = bar("A", DAY.start + HOUR, 11.0, 100.0, open=10.0, high=12.0, low=9.0)
LAST_PRE: Final = bar("A", DAY.open - MINUTE, 13.0, 300.0, open=12.0, high=14.0, low=11.5)
FIRST: Final = bar("A", DAY.open, 16.0, 200.0, open=15.0, high=17.0, low=14.5)
POST: Final = bar("A", DAY.close, 18.0, 400.0, open=16.0, high=18.5, low=15.5)
NAN: Final = math.nan
STEPS: Final = ((60, 50.0), (3600, 200.0), (20_000, 400.0))
CURVE: Final = Curves(
    np.zeros(1, np.int64),
    np.array([3]),
    np.array([10]),
    np.array([60, 3600, 20_000], np.int32),
    np.array([50.0, 200.0, 400.0]),
)
FACTS: Final = {
    "prev_close": 10.0,
    "avg_volume": 4000.0,
    "average_days": 10.0,
    "median_volume": 3000.0,
    "avg_volume_30d": 5000.0,
    "median_volume_30d": 4500.0,
    "prev_open": 9.5,
    "prev_high": 10.5,
    "prev_low": 9.25,
    "prev_volume": 6000.0,
    "prev_vwap": 9.75,
    "atr": 2.0,
    "float_shares": 1000.0,
    "market_cap": 1e6,
    "short_interest": 50.0,
}


def metrics(
    *bars: Aggregate,
    second: int = 3600,
    steps: tuple[tuple[int, float], ...] | None = STEPS,
    **facts: float,
) -> dict[str, float]:
    """Fold bars of one ticker and evaluate it so many seconds after 04:00."""
    columns = Columns(known_of=known_of_all(steps, **{**FACTS, **facts}))
    columns.fold(*bars)
    return columns.metrics("A", DAY.start + second * SECOND)


def test_before_the_open() -> None:
    """The price stands in for the open in the gap; what begins with the regular session is undefined."""
    end = DAY.open - MINUTE + SECOND
    found = metrics(PRE, LAST_PRE, second=(end - DAY.start) // SECOND)
    defined = {name: value for name, value in found.items() if not math.isnan(value)}

    assert defined == pytest.approx(
        {
            "price": 13.0,
            "accumulated_volume": 400.0,
            "prev_close": 10.0,
            "avg_volume": 4000.0,
            "change": 3.0,
            "change_pct": 30.0,
            "gap_pct": 30.0,
            "premarket_gap_pct": 0.0,
            "premarket_change_pct": 30.0,
            "relative_volume": 0.1,
            "relative_volume_at_time": 2.0,
            "vwap": 12.5,
            "pre_market_high": 14.0,
            "pre_market_low": 9.0,
            "pre_market_high_time": LAST_PRE.start_time,
            "pre_market_low_time": PRE.start_time,
            "day_high": 14.0,
            "day_low": 9.0,
            "day_high_time": LAST_PRE.start_time,
            "day_low_time": PRE.start_time,
            "day_high_distance_pct": -100 / 14,
            "range_position_pct": 80.0,
            "range_in_atr": 2.5,
            "change_in_atr": 1.5,
            "dollar_volume": 5000.0,
            "vwap_distance_pct": 4.0,
            "volume_1m": 300.0,
            "volume_5m": 300.0,
            "volume_15m": 300.0,
            "change_1m_pct": 200 / 11,
            "change_5m_pct": 200 / 11,
            "change_15m_pct": 200 / 11,
            "float_rotation": 0.4,
            "prev_open": 9.5,
            "prev_high": 10.5,
            "prev_low": 9.25,
            "prev_volume": 6000.0,
            "prev_vwap": 9.75,
            "median_volume": 3000.0,
            "avg_volume_30d": 5000.0,
            "median_volume_30d": 4500.0,
            "atr": 2.0,
            "float": 1000.0,
            "market_cap": 1e6,
            "short_interest": 50.0,
            "volume_baseline_at_time": 200.0,
            "volume_sample_days": 10.0,
            "volume_baseline_5m": 0.0,
            "average_days": 10.0,
        }
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
    found = metrics(PRE, FIRST, prev_close=close)
    undefined = {"change", "change_pct", "gap_pct", "premarket_gap_pct", "premarket_change_pct", "change_in_atr"}

    assert all(math.isnan(found[name]) for name in undefined)
    assert found["change_from_open_pct"] == pytest.approx(100 / 15)


@pytest.mark.parametrize("average", [NAN, 0.0])
def test_without_an_average_volume(average: float) -> None:
    """No relative volume; that of the time of day has its own divisor."""
    found = metrics(PRE, avg_volume=average)

    assert math.isnan(found["relative_volume"])
    assert found["relative_volume_at_time"] == 0.5


@pytest.mark.parametrize("value", [NAN, 0.0])
def test_without_atr_or_float(value: float) -> None:
    """No multiples of a usual range, no rotation of an unknown float."""
    found = metrics(PRE, atr=value, float_shares=value)

    assert all(math.isnan(found[name]) for name in ("range_in_atr", "change_in_atr", "float_rotation"))


@pytest.mark.parametrize(
    ("steps", "second", "baseline", "days"),
    [(None, 3601, NAN, NAN), (STEPS, 59, 0.0, 10.0), ((), 3601, 0.0, 10.0)],
)
def test_without_a_baseline(
    steps: tuple[tuple[int, float], ...] | None, second: int, baseline: float, days: float
) -> None:
    """No baseline session, or none in which anything traded by then: the ratio is undefined, its inputs say why."""
    early = bar("A", DAY.start, 11.0, 100.0)
    found = metrics(early, second=second, steps=steps)

    assert math.isnan(found["relative_volume_at_time"])
    assert math.isnan(found["relative_volume_5m"])
    np.testing.assert_equal([found["volume_baseline_at_time"], found["volume_sample_days"]], [baseline, days])


def test_without_a_reference() -> None:
    """A ticker that nothing is known of has all that its own bars say, and nothing else."""
    columns = Columns()
    columns.fold(PRE, FIRST)
    found = columns.metrics("A", DAY.open + MINUTE)

    assert (found["price"], found["volume_1m"]) == (16.0, 200.0)
    assert found["change_from_open_pct"] == pytest.approx(100 / 15)
    names = ("prev_close", "change_pct", "gap_pct", "relative_volume", "float", "volume_sample_days", "average_days")
    assert all(math.isnan(found[name]) for name in names)


def test_a_reverse_split_is_in_the_previous_close_already() -> None:
    """On the ex-date the reference says the adjusted close: ten old shares at 1 are one new at 10, no gap."""
    found = metrics(bar("A", DAY.open, 10.5), prev_close=10.0)

    assert found["gap_pct"] == found["change_pct"] == pytest.approx(5.0)


def test_after_hours_the_price_is_measured_against_the_regular_close() -> None:
    """Only once there is a post-market bar, and only where there was a regular one."""
    last = bar("A", DAY.close - SECOND, 20.0)

    assert math.isnan(metrics(FIRST, last)["post_market_change_pct"])
    assert math.isnan(metrics(PRE, POST)["post_market_change_pct"])
    assert metrics(FIRST, last, POST)["post_market_change_pct"] == pytest.approx(-10.0)


def test_a_range_of_one_price_has_no_position() -> None:
    """The high is the low."""
    found = metrics(bar("A", DAY.open))

    assert math.isnan(found["range_position_pct"])
    assert found["day_high_distance_pct"] == 0.0


def test_five_minutes_against_the_usual_five() -> None:
    """The volume of the last five minutes over the step that the curve takes in them."""
    found = metrics(bar("A", DAY.start + 3599 * SECOND, volume=600.0), second=3600)

    assert (found["volume_baseline_5m"], found["relative_volume_5m"]) == (150.0, 4.0)


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


@pytest.mark.parametrize(
    ("first", "last", "volume"),
    [(-300, 0, 0.0), (-240, 60, 50.0), (60, 61, 0.0), (59, 60, 50.0), (0, 57_600, 400.0), (3600, 20_000, 200.0)],
)
def test_a_baseline_between_two_seconds(first: int, last: int, volume: float) -> None:
    """The steps after the first second up to the last, also where the first is before 04:00."""
    assert uncompiled(baseline_between)(CURVE, 0, first, last) == volume


def test_only_tickers_with_a_bar_on_the_day() -> None:
    """Yesterday's rows, and tickers known from the reference only, are on no board."""
    columns = Columns()
    columns.fold(bar("OLD", DAY.open), bar("NEVER", DAY.open, interval_ms=MINUTE))
    assert columns.lines()[0] == ["OLD"]

    columns.fold(bar("NEW", NEXT_DAY.open))
    assert columns.lines()[0] == ["NEW"]


def test_a_matrix_is_the_same_bytes() -> None:
    """Lines are undefined at first, and seen as a matrix without copying."""
    lines = empty_lines(2)
    assert np.isnan(matrix_of(lines)).all()

    lines["price"][1] = 5.0

    assert matrix_of(lines)[1, COLUMNS.index("price")] == 5.0


@pytest.mark.parametrize(("value", "base", "percent"), [(11.0, 10.0, 10.0), (0.5, 1.0, -50.0), (110.0, 10.0, 1000.0)])
def test_percent_is_of_the_base(value: float, base: float, percent: float) -> None:
    """10.0 is ten percent; a rise of a thousand percent is one."""
    assert uncompiled(percent_change)(value, base) == pytest.approx(percent)
    assert uncompiled(change)(value, base) == pytest.approx(value - base)


@pytest.mark.parametrize(("volume", "baseline", "expected"), [(6.0, 3.0, 2.0), (0.0, 3.0, 0.0)])
def test_a_ratio_is_plain(volume: float, baseline: float, expected: float) -> None:
    """2.0 is twice."""
    assert uncompiled(ratio)(volume, baseline) == expected

"""Relative volume: ratios, and the usual volume up to a second or between two, out of curves packed end to end."""

import math

import numpy as np
import pytest

from streams.market.relative_volume import Curves, baseline_at, baseline_between, ratio
from tests.unit.market.builders import uncompiled

CURVES = Curves(
    first=np.array([0, 3, 0, 4]),
    steps=np.array([3, 1, 0, 2]),
    sample_days=np.array([10, 2, 0, 5]),
    seconds=np.array([60, 120, 600, 90, 0, 30], np.int32),
    volumes=np.array([100.0, 250.0, 1000.0, 7.5, 4.0, 6.0]),
)
"""Rows with three steps, one, none, and two of which the first holds from 04:00:00 on."""


@pytest.mark.parametrize(
    ("row", "second", "wanted"),
    [
        (0, -300, 0.0),
        (0, 59, 0.0),
        (0, 60, 100.0),
        (0, 119, 100.0),
        (0, 120, 250.0),
        (0, 599, 250.0),
        (0, 600, 1000.0),
        (0, 57_600, 1000.0),
        (1, 89, 0.0),
        (1, 90, 7.5),
        (1, 57_600, 7.5),
        (3, -1, 0.0),
        (3, 0, 4.0),
        (3, 29, 4.0),
        (3, 30, 6.0),
    ],
)
def test_a_step_holds_from_its_second_on(row: int, second: int, wanted: float) -> None:
    """Until the next one of the same row; before the first it is 0."""
    for function in (baseline_at, uncompiled(baseline_at)):
        assert function(CURVES, row, second) == wanted


def test_a_row_without_a_curve() -> None:
    """Nothing is known of it, however many steps others have."""
    assert math.isnan(baseline_at(CURVES, 2, 57_600))
    assert math.isnan(baseline_between(CURVES, 2, 0, 57_600))


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [(-240, 60, 100.0), (60, 120, 150.0), (59, 120, 250.0), (120, 599, 0.0), (60, 600, 900.0)],
)
def test_between_two_seconds(first: int, last: int, wanted: float) -> None:
    """What comes after the first second, up to and with the last."""
    for function in (baseline_between, uncompiled(baseline_between)):
        assert function(CURVES, 0, first, last) == wanted


@pytest.mark.parametrize(
    ("volume", "baseline", "wanted"),
    [(50.0, 100.0, 0.5), (0.0, 100.0, 0.0), (-3.0, 2.0, -1.5)],
)
def test_ratio(volume: float, baseline: float, wanted: float) -> None:
    """Volume over baseline."""
    for function in (ratio, uncompiled(ratio)):
        assert function(volume, baseline) == wanted


@pytest.mark.parametrize("baseline", [0.0, -1.0, math.nan])
def test_ratio_without_a_baseline(baseline: float) -> None:
    """Undefined where the baseline is, or is not positive."""
    for function in (ratio, uncompiled(ratio)):
        assert math.isnan(function(5.0, baseline))

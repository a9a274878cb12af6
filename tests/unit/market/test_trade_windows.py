"""The last 60 seconds."""

import math

import numpy as np
import pytest

from streams.market.trade_buckets import BUCKET, HEAD, SECONDS
from streams.market.trade_windows import (
    Window,
    buy_pressure,
    largest_size,
    mean_size,
    trades_per_second,
    window_at,
)
from tests.unit.market.builders import uncompiled

NONE = Window(0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (100, Window(3, 3.0, 3.0, 6.0, 9.0)),
        (99, Window(3, 3.0, 2.0, 6.0, 9.0)),
        (150, Window(2, 2.0, 3.0, 4.0, 6.0)),
        (160, NONE),
        (10_000, NONE),
    ],
)
def test_a_window_is_of_60_seconds(second: int, expected: Window) -> None:
    """The second itself and the 59 before it; what the ring held 64 seconds ago does not count."""
    head, buckets = np.zeros(1, HEAD)[0], np.zeros((1, SECONDS), BUCKET)
    head["newest"] = 100
    for number, place in enumerate((40, 41, 91, 100)):
        buckets[0, place % SECONDS] = (place, 1, 1.0, 2.0, 3.0, float(number), math.nan, 0, 0)

    assert uncompiled(window_at)(head, buckets, 0, second) == expected


def test_metrics_of_a_window() -> None:
    """Each is a plain quotient."""
    window = Window(30, 600.0, 300.0, 300.0, 100.0)

    assert uncompiled(trades_per_second)(window) == 0.5
    assert uncompiled(mean_size)(window) == 20.0
    assert uncompiled(largest_size)(window) == 300.0
    assert uncompiled(buy_pressure)(window) == 50.0


def test_metrics_of_an_empty_window() -> None:
    """No trade is a rate of 0; sizes and sides are undefined."""
    assert uncompiled(trades_per_second)(NONE) == 0.0
    assert np.isnan([uncompiled(metric)(NONE) for metric in (mean_size, largest_size, buy_pressure)]).all()

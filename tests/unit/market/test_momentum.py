"""Momentum, and the usual move that it is measured by."""

import math

import pytest

from streams.market.momentum import momentum, running, usual_move
from tests.unit.market.builders import uncompiled


@pytest.mark.parametrize(("seconds", "speed"), [(20, 3.0), (60, 1.0)])
def test_momentum_is_per_minute(seconds: int, speed: float) -> None:
    """A dollar in 20 seconds is three dollars per minute; down is negative."""
    assert uncompiled(momentum)(11.0, 10.0, seconds) == speed
    assert uncompiled(momentum)(10.0, 11.0, seconds) == -speed


def test_momentum_without_an_earlier_price() -> None:
    """There is none."""
    assert math.isnan(uncompiled(momentum)(11.0, math.nan, 20))


def test_the_usual_move_of_a_minute() -> None:
    """The average true range over the square root of the session's 390 minutes."""
    assert uncompiled(usual_move)(math.sqrt(390)) == 1.0
    assert uncompiled(running)(3.0, 2 * math.sqrt(390)) == 1.5


@pytest.mark.parametrize("atr", [math.nan, 0.0, -1.0])
def test_without_an_average_true_range(atr: float) -> None:
    """Nothing says what is usual."""
    assert math.isnan(uncompiled(usual_move)(atr))
    assert math.isnan(uncompiled(running)(3.0, atr))

"""The tick rule."""

import math

import pytest

from streams.market.tick_rule import BOUGHT, SOLD, UNSIGNED, sign_of
from tests.unit.market.builders import uncompiled


@pytest.mark.parametrize(
    ("price", "last_price", "last_sign", "sign"),
    [
        (10.01, 10.0, SOLD, BOUGHT),
        (9.99, 10.0, BOUGHT, SOLD),
        (10.0, 10.0, BOUGHT, BOUGHT),
        (10.0, 10.0, SOLD, SOLD),
        (10.0, 10.0, UNSIGNED, UNSIGNED),
        (10.0, math.nan, UNSIGNED, UNSIGNED),
    ],
)
def test_side_of_a_trade(price: float, last_price: float, last_sign: int, sign: int) -> None:
    """Above the price before it is bought, below sold, at it of the side before; the first has none."""
    assert uncompiled(sign_of)(price, last_price, last_sign) == sign
